using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.FileSystem.Tests.Support;

/// <summary>Keeps the ids of what is logged.</summary>
public sealed class LogList : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<int> _ids = new();

    public IReadOnlyCollection<int> Ids => _ids;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _ids.Enqueue(eventId.Id);

    public void Dispose()
    {
    }
}
