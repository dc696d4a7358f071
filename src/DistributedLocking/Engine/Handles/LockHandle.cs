using System.Diagnostics.CodeAnalysis;
using DistributedLocking.Engine.Leases;

namespace DistributedLocking.Engine.Handles;

/// <summary>
/// The user's face of a lease. The engine does not refer to it, so its collection shows that nobody needs the lock any
/// more.
/// </summary>
[SuppressMessage("Design", "MA0055:Do not use finalizer", Justification = "Collection is the only sign that nobody needs the lock any more.")]
internal sealed class LockHandle(LeaseOperations control, Lease lease) : IDistributedLockHandle
{
    private LostTokenSource? _lossSource;

    ~LockHandle()
    {
        // Whoever still has the lost token observes the lock; the token's source then takes over.
        if (_lossSource is null)
        {
            lease.Abandon();
        }
    }

    public string Key => lease.Key;

    public string OwnerId => lease.OwnerId;

    public long FencingToken => lease.FencingToken;

    public bool IsHeld => control.IsHeld(lease);

    public TimeSpan RemainingTime => control.RemainingTime(lease);

    public CancellationToken LostToken
    {
        get
        {
            if (Volatile.Read(ref _lossSource) is null)
            {
                var source = new LostTokenSource();
                if (Interlocked.CompareExchange(ref _lossSource, source, null) is null)
                {
                    source.Observe(lease);
                }
            }

            return _lossSource!.Token;
        }
    }

    public ValueTask ExtendAsync(TimeSpan? timeToLive = null, CancellationToken cancellationToken = default) =>
        control.ExtendAsync(lease, timeToLive, cancellationToken);

    [SuppressMessage("Usage", "CA1816:Call GC.SuppressFinalize correctly", Justification = "A release ends the handle just as a dispose does.")]
    public ValueTask<bool> ReleaseAsync(CancellationToken cancellationToken = default)
    {
        GC.SuppressFinalize(this);
        return control.ReleaseAsync(lease, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return control.ReleaseQuietlyAsync(lease);
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        control.ReleaseQuietly(lease);
    }
}
