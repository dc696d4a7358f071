using Microsoft.Extensions.Logging;

namespace DistributedLocking.Telemetry;

/// <summary>
/// A logger for threads of ours: entries are written elsewhere, so that no logger can hold up a renewal or the signal
/// of a loss.
/// </summary>
/// <remarks>
/// Whether a warning is wanted is asked there too, since that runs a logger's code as well; one that nobody wants costs
/// a place in the queue. What is written more often is asked for first.
/// </remarks>
internal sealed class QueuedLogger(ReportQueue queue, SafeLogger inner) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => !inner.IsNull && (logLevel >= LogLevel.Warning || inner.IsEnabled(logLevel));

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            queue.Post(() =>
            {
                if (inner.IsEnabled(logLevel))
                {
                    inner.Log(logLevel, eventId, state, exception, formatter);
                }
            });
        }
    }
}
