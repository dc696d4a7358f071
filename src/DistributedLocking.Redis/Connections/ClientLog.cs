using DistributedLocking.Providers;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Redis.Connections;

/// <summary>
/// Where the client's own log goes for a connection of ours: to where the options send it, else to the application's,
/// whose loggers then can't block or fail the client. On the way it is listened to: while the client tries on and on,
/// nothing else says that the password is refused.
/// </summary>
/// <param name="theirs">Where the options send it; null when they don't.</param>
/// <param name="ours">The application's logging; null for none.</param>
/// <param name="outage">Is told of failures.</param>
internal sealed class ClientLog(ILoggerFactory? theirs, ILoggerFactory? ours, ConnectionOutage outage) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) =>
        theirs is null ? new Listener(LockProviderLogger.Create(ours, categoryName), outage, isOurs: true) : new Listener(theirs.CreateLogger(categoryName), outage, isOurs: false);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The application's logging is configured by itself.");

    public void Dispose()
    {
        // The factories are not ours.
    }

    private sealed class Listener(ILogger inner, ConnectionOutage outage, bool isOurs) : ILogger
    {
        /// <summary>
        /// The client's name of the entry that is a connection string, with the user and without the password.
        /// </summary>
        private const string ConnectionString = "LogInformationConfiguration";

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error || inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not null)
            {
                outage.Note(exception);
            }

            if (inner.IsEnabled(logLevel) && !(isOurs && string.Equals(eventId.Name, ConnectionString, StringComparison.Ordinal)))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
