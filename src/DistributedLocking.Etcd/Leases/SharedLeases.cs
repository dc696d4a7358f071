using DistributedLocking.Etcd.Connections;
using DistributedLocking.Etcd.Protocol;

namespace DistributedLocking.Etcd.Leases;

/// <summary>The leases of a process, one for each time to live.</summary>
internal sealed class SharedLeases(EtcdConnection connection)
{
    private readonly Dictionary<long, Task<SharedLease>> _bySeconds = [];

    /// <summary>
    /// etcd counts in whole seconds. Rounded up, so that its lease is never shorter than the one that the engine counts.
    /// </summary>
    internal static long Seconds(TimeSpan timeToLive) => Math.Max(1, (timeToLive.Ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond);

    /// <summary>The lease for a time to live, which is granted where there is none.</summary>
    internal Task<SharedLease> GetAsync(TimeSpan timeToLive, CancellationToken cancellationToken) => GetAsync(Seconds(timeToLive), cancellationToken);

    /// <summary>
    /// The same, kept alive; where it turns out to have ended, another one. What is put on it then is not about to end.
    /// </summary>
    internal async Task<SharedLease> GetAliveAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        var lease = await GetAsync(timeToLive, cancellationToken).ConfigureAwait(false);
        return await lease.KeepAliveAsync().WaitAsync(cancellationToken).ConfigureAwait(false)
            ? lease
            : await GetAsync(timeToLive, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends all of them, and what is on them. It never throws.</summary>
    internal Task RevokeAsync(CancellationToken cancellationToken)
    {
        List<SharedLease> leases;
        lock (_bySeconds)
        {
#pragma warning disable VSTHRD002, VSTHRD103 // It has ended.
            leases = [.. _bySeconds.Values.Where(lease => lease.IsCompletedSuccessfully).Select(lease => lease.Result)];
#pragma warning restore VSTHRD002, VSTHRD103
            _bySeconds.Clear();
        }

        return Task.WhenAll(leases.Select(lease => RevokeAsync(lease, cancellationToken)));
    }

    private Task<SharedLease> GetAsync(long seconds, CancellationToken cancellationToken)
    {
        Task<SharedLease> lease;
        lock (_bySeconds)
        {
            if (!_bySeconds.TryGetValue(seconds, out lease!) || !IsOfUse(lease))
            {
                // Not the caller's: others may wait for it too.
                _bySeconds[seconds] = lease = GrantAsync(seconds);
                LateFailure.Ignore(lease);
            }
        }

        return lease.WaitAsync(cancellationToken);
    }

#pragma warning disable VSTHRD002, VSTHRD103 // It has ended.
    private static bool IsOfUse(Task<SharedLease> lease) => !lease.IsCompleted || (lease.IsCompletedSuccessfully && !lease.Result.HasEnded);
#pragma warning restore VSTHRD002, VSTHRD103

    private async Task<SharedLease> GrantAsync(long seconds)
    {
        var answer = await connection.CallAsync(
            (member, options) => member.Leases.LeaseGrantAsync(new LeaseGrantRequest { Ttl = seconds }, options), granted => granted.Header, CancellationToken.None)
            .ConfigureAwait(false);
        return new SharedLease(connection, answer.Id, seconds);
    }

    private async Task RevokeAsync(SharedLease lease, CancellationToken cancellationToken)
    {
        try
        {
            await connection.CallAsync(
                (member, options) => member.Leases.LeaseRevokeAsync(new LeaseRevokeRequest { Id = lease.Id }, options), revoked => revoked.Header, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It ends by itself.
        }
    }
}
