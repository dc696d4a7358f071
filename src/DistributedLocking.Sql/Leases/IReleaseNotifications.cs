using DistributedLocking.Providers;

namespace DistributedLocking.Sql.Leases;

/// <summary>How a database tells that a lease was released.</summary>
public interface IReleaseNotifications : IAsyncDisposable
{
    /// <summary>
    /// The channel on which PostgreSQL tells of what was released. The payload is the key in hexadecimal: base64 has
    /// line breaks there.
    /// </summary>
    const string Channel = "distributed_lock";

    /// <summary>
    /// Starts to watch a key; once this returns, the release of a lease that somebody waits for is noticed.
    /// </summary>
    /// <param name="key">The key as the table holds it.</param>
    /// <param name="cancellationToken">Cancelled when the waiter leaves.</param>
    /// <returns>The watch, or null when the database can't notify.</returns>
    ValueTask<IKeyWatch?> WatchAsync(byte[] key, CancellationToken cancellationToken);
}
