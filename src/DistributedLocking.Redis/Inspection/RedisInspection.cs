using System.Runtime.CompilerServices;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Calls;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;

namespace DistributedLocking.Redis.Inspection;

/// <summary>Tells who holds what on one server, or on the primaries of a Cluster.</summary>
internal sealed class RedisInspection(ILockProvider provider, RedisConnection connection, ScriptRunner scripts, LockNames names) : ILockInspection
{
    public async IAsyncEnumerable<LockHolder> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var session = await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        var keys = await KeyScan.RunAsync(session, names, prefix, cancellationToken).ConfigureAwait(false);
        await foreach (var holder in KeyInspection.FindAllAsync(
            keys, key => KeyInspection.FindAsync(scripts, session, names, key, cancellationToken)).ConfigureAwait(false))
        {
            yield return holder;
        }
    }

    public async ValueTask<IReadOnlyList<LockHolder>> FindAsync(string key, CancellationToken cancellationToken)
    {
        var session = await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await KeyInspection.FindAsync(scripts, session, names, key, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<bool> ForceReleaseAsync(LockHolder holder, CancellationToken cancellationToken) =>
        provider.ReleaseAsync(LockHolders.Lease(holder), cancellationToken);
}
