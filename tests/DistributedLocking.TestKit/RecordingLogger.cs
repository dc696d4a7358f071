using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.TestKit;

/// <summary>Keeps log entries for assertions: the library's, since a client's own have ids of their own.</summary>
public sealed class RecordingLogger : ILoggerFactory, ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();

    /// <summary>The library's entries, oldest first.</summary>
    public IEnumerable<LogEntry> Entries => _entries.Where(entry => entry.Category.StartsWith(nameof(DistributedLocking), StringComparison.Ordinal));

    /// <summary>Who wrote entries, the clients among them.</summary>
    public IEnumerable<string> Categories => _entries.Select(entry => entry.Category).Distinct(StringComparer.Ordinal);

    /// <summary>What happens at each of the library's entries besides, with the entry's id.</summary>
    public Action<int>? OnEntry { get; set; }

    /// <summary>How many of the library's entries have an id.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The number.</returns>
    public int CountOf(int id) => Entries.Count(entry => entry.Id == id);

    /// <inheritdoc />
    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    /// <inheritdoc />
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    /// <inheritdoc />
    public void Dispose()
    {
    }

    /// <inheritdoc />
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc />
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc />
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Add(new LogEntry(nameof(DistributedLocking), eventId.Id, logLevel, formatter(state, exception), exception));

    private void Add(LogEntry entry)
    {
        _entries.Enqueue(entry);
        OnEntry?.Invoke(entry.Id);
    }

    private sealed class Category(RecordingLogger log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Add(new LogEntry(name, eventId.Id, logLevel, formatter(state, exception), exception));
    }
}

/// <summary>What was logged.</summary>
/// <param name="Category">Who wrote it.</param>
/// <param name="Id">Its event's id.</param>
/// <param name="Level">How serious it is.</param>
/// <param name="Message">Its text, without the exception's.</param>
/// <param name="Error">What was thrown, if anything was.</param>
public sealed record LogEntry(string Category, int Id, LogLevel Level, string Message, Exception? Error)
{
    /// <summary>The whole text, the exception's included.</summary>
    public string Text => Message + Error;
}
