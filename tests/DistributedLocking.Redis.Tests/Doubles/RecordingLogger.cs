using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedLocking.Redis.Tests.Doubles;

/// <summary>Keeps log entries for assertions on their ids.</summary>
internal sealed class RecordingLogger : ILogger, ILoggerProvider
{
    internal ConcurrentQueue<(int Id, LogLevel Level, string Message)> Entries { get; } = new();

    internal int CountOf(int id) => Entries.Count(entry => entry.Id == id);

    // The client's own entries have ids of their own.
    public ILogger CreateLogger(string categoryName) =>
        categoryName.StartsWith(nameof(DistributedLocking), StringComparison.Ordinal) ? this : NullLogger.Instance;

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Entries.Enqueue((eventId.Id, logLevel, formatter(state, exception) + exception));
}
