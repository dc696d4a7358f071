using System.Collections.Concurrent;
using DistributedLocking.Providers;
using DistributedLocking.Testing;

namespace DistributedLocking.ConformanceTests.Broken;

/// <summary>Changes the requests for reader-writer locks and semaphores.</summary>
internal sealed class OtherRequest(ILockProvider inner, Func<AcquireRequest, AcquireRequest> change) : DelegatingLockProvider(inner)
{
    public override ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        base.TryAcquireAsync(request.Mode == LockMode.Exclusive ? request : change(request), cancellationToken);
}

/// <summary>Takes the three locks of a key for one.</summary>
internal sealed class OneMode(ILockProvider inner) : DelegatingLockProvider(inner)
{
    public override ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        base.TryAcquireAsync(request with { Mode = LockMode.Exclusive }, cancellationToken);

    public override ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) =>
        base.ReleaseAsync(lease with { Mode = LockMode.Exclusive }, cancellationToken);
}

/// <summary>Releases the lock of the key, in whatever mode the lease is.</summary>
internal sealed class ReleaseWithoutMode(ILockProvider inner) : DelegatingLockProvider(inner)
{
    public override ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) =>
        base.ReleaseAsync(lease with { Mode = LockMode.Exclusive }, cancellationToken);
}

/// <summary>Knows the owners of each key, which are in a set whose members have something in common.</summary>
internal abstract class SetOfOwners(ILockProvider inner, ConcurrentDictionary<LeaseReference, bool> owners) : DelegatingLockProvider(inner)
{
    public override async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var reply = await base.TryAcquireAsync(request, cancellationToken);
        if (reply.IsGranted && request.Mode != LockMode.Exclusive)
        {
            owners[new LeaseReference(request.Key, request.OwnerId) { Mode = request.Mode }] = true;
        }

        return reply;
    }

    protected IEnumerable<LeaseReference> OwnersOf(LeaseReference lease) =>
        owners.Keys.Where(owner => owner.Mode == lease.Mode && string.Equals(owner.Key, lease.Key, StringComparison.Ordinal));
}

/// <summary>Renews all readers with each of them, as where they share one key's expiry.</summary>
internal sealed class SharedExpiry(ILockProvider inner, ConcurrentDictionary<LeaseReference, bool> owners) : SetOfOwners(inner, owners)
{
    public override async ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        foreach (var (lease, timeToLive) in batch)
        {
            await base.RenewAsync([.. OwnersOf(lease).Select(owner => new RenewalRequest(owner, timeToLive))], cancellationToken);
        }

        return await base.RenewAsync(batch, cancellationToken);
    }
}

/// <summary>Releases all holders with each of them, as a plain delete of their set does.</summary>
internal sealed class SharedRelease(ILockProvider inner, ConcurrentDictionary<LeaseReference, bool> owners) : SetOfOwners(inner, owners)
{
    public override async ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken)
    {
        var released = await base.ReleaseAsync(lease, cancellationToken);
        foreach (var owner in OwnersOf(lease).ToList())
        {
            await base.ReleaseAsync(owner, cancellationToken);
        }

        return released;
    }
}

/// <summary>Leaves the place of who cancels in the queue, and what is granted for it to nobody.</summary>
internal sealed class LeakyQueue(ILockProvider inner, ConcurrentDictionary<LeaseReference, bool> gone) : DelegatingLockProvider(inner)
{
    public override async ValueTask LeaveAsync(LeaseReference waiter, CancellationToken cancellationToken)
    {
        gone[waiter] = true;
        await KeepAsync(cancellationToken);
    }

    public override async ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken)
    {
        var released = await base.ReleaseAsync(lease, cancellationToken);
        await KeepAsync(cancellationToken);
        return released;
    }

    private async Task KeepAsync(CancellationToken cancellationToken) =>
        await base.RenewAsync([.. gone.Keys.Select(waiter => new RenewalRequest(waiter, TimeSpan.FromDays(1)))], cancellationToken);
}
