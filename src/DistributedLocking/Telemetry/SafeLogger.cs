using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedLocking.Telemetry;

/// <summary>
/// A logger whose faults stop here. The engine logs between a grant and its handle, and on threads of its own, where an
/// exception would cost a lock or the process.
/// </summary>
internal sealed class SafeLogger(ILogger inner) : ILogger
{
    /// <summary>Whether nothing is ever written.</summary>
    internal bool IsNull { get; } = inner is NullLogger;

    /// <param name="factory">Where entries go; null for nowhere.</param>
    /// <param name="category">The category.</param>
    internal static SafeLogger Create(ILoggerFactory? factory, string category) => new(factory?.CreateLogger(category) ?? NullLogger.Instance);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            return false;
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            // There is nowhere left to report it to.
        }
    }
}
