using DistributedLocking.Providers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedLocking.Redis.Connections;

/// <summary>Where the client's own log goes for a connection of ours: to the application's, which can't block or fail the client.</summary>
internal sealed class ClientLog(ILoggerFactory factory) : ILoggerFactory
{
    /// <summary>Null where there is no log, so that the client writes none.</summary>
    internal static ClientLog? For(ILoggerFactory? factory) => factory is null or NullLoggerFactory ? null : new ClientLog(factory);

    public ILogger CreateLogger(string categoryName) => LockProviderLogger.Create(factory, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The application's logging is configured by itself.");

    public void Dispose()
    {
        // The application's factory is not ours.
    }
}
