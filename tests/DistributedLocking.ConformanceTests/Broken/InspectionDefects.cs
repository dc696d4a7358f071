using System.Security.Cryptography;
using DistributedLocking.Providers;
using DistributedLocking.Testing;

namespace DistributedLocking.ConformanceTests.Broken;

/// <summary>A provider with another inspection.</summary>
internal sealed class OtherInspection(ILockProvider inner, Func<ILockInspection, ILockInspection> change) : DelegatingLockProvider(inner)
{
    public override ILockInspection Inspection { get; } = change(inner.Inspection!);
}

/// <summary>An inspection that passes each call on.</summary>
internal abstract class DelegatingInspection(ILockInspection inner) : ILockInspection
{
    public virtual IAsyncEnumerable<LockHolder> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public virtual ValueTask<IReadOnlyList<LockHolder>> FindAsync(string key, CancellationToken cancellationToken) => inner.FindAsync(key, cancellationToken);

    public virtual ValueTask<bool> ForceReleaseAsync(LockHolder holder, CancellationToken cancellationToken) =>
        inner.ForceReleaseAsync(holder, cancellationToken);
}

/// <summary>Tells of holders what is not so; null for a holder that it does not see.</summary>
internal sealed class OtherHolders(ILockInspection inner, Func<LockHolder, LockHolder?> change) : DelegatingInspection(inner)
{
    public override async ValueTask<IReadOnlyList<LockHolder>> FindAsync(string key, CancellationToken cancellationToken) =>
        [.. (await base.FindAsync(key, cancellationToken)).Select(change).OfType<LockHolder>()];
}

/// <summary>Finds out who holds a key by trying to hold it.</summary>
internal sealed class LockingInspection(ILockInspection inner, ILockProvider provider) : DelegatingInspection(inner)
{
    public override async ValueTask<IReadOnlyList<LockHolder>> FindAsync(string key, CancellationToken cancellationToken)
    {
        var request = new AcquireRequest { Key = key, OwnerId = Convert.ToHexString(RandomNumberGenerator.GetBytes(8)), TimeToLive = TimeSpan.FromMinutes(1) };
        while (!(await provider.TryAcquireAsync(request, cancellationToken)).IsGranted)
        {
            await Task.Yield();
        }

        // Long enough for somebody to come meanwhile, on however many threads.
        await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
        await provider.ReleaseAsync(new LeaseReference(key, request.OwnerId), cancellationToken);
        return [];
    }
}

/// <summary>Lists all keys, whatever they begin with.</summary>
internal sealed class UnboundedInspection(ILockInspection inner) : DelegatingInspection(inner)
{
    public override IAsyncEnumerable<LockHolder> ListAsync(string prefix, CancellationToken cancellationToken) => base.ListAsync("", cancellationToken);
}

/// <summary>Says that it has released, and has not.</summary>
internal sealed class IdleForce(ILockInspection inner) : DelegatingInspection(inner)
{
    public override ValueTask<bool> ForceReleaseAsync(LockHolder holder, CancellationToken cancellationToken) => ValueTask.FromResult(true);
}
