using DistributedLocking.Hosting.Leadership;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedLocking.Hosting;

/// <summary>Leader election on <see cref="IDistributedLock"/>.</summary>
public static class LeaderElectionExtensions
{
    /// <summary>
    /// Wants to lead, for ever: waits for the lock of the key, does the work once under it, and begins again when the
    /// leadership was lost or the work has ended. While the store is away nobody leads.
    /// </summary>
    /// <remarks>
    /// Of all that call this with the same key on the same store, one runs its work at a time, unless a process pauses
    /// for longer than the lock's time to live: what such a leader writes is refused by a guard that knows
    /// <see cref="ILeadership.FencingToken"/>. The lock is released, and another leads, when the work has ended.
    /// </remarks>
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lead for.</param>
    /// <param name="work">
    /// What a leader does. Its token is cancelled when the leadership is lost or <paramref name="cancellationToken"/>
    /// is; it must end then, and nothing begins in this call before it has.
    /// </param>
    /// <param name="options">
    /// How to campaign; null for the defaults. <see cref="LeaderOptions.ServiceKey"/> has no meaning here.
    /// </param>
    /// <param name="cancellationToken">Ends the work, and the campaign.</param>
    /// <returns>A task that ends when it was cancelled, or when the work failed.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled, and the work has ended.</exception>
    /// <exception cref="ArgumentException">
    /// The key is empty or not well-formed UTF-16, or an option is out of its range.
    /// </exception>
    /// <exception cref="Exception">The work failed; the lock has been released.</exception>
    public static Task RunAsLeaderAsync(
        this IDistributedLock locks,
        string key,
        Func<ILeadership, CancellationToken, Task> work,
        LeaderOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(locks);
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(work);
        options ??= new LeaderOptions();
        if (LeaderOptionsRules.Check(options).FirstOrDefault() is { } failure)
        {
            throw new ArgumentException(failure, nameof(options));
        }

        return new LeaderCampaign(locks, key, options, TimeProvider.System, NullLogger.Instance).RunAsync(work, cancellationToken);
    }
}
