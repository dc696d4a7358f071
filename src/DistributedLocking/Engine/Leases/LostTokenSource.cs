using System.Diagnostics.CodeAnalysis;

namespace DistributedLocking.Engine.Leases;

/// <summary>
/// The source of a handle's lost token. Whoever holds the token, or one linked to it, keeps this object reachable, and
/// so the renewal alive; the engine itself refers to it weakly.
/// </summary>
[SuppressMessage("Design", "MA0055:Do not use finalizer", Justification = "Collection is the only sign that nobody observes the lock any more.")]
internal sealed class LostTokenSource : CancellationTokenSource
{
    private Lease? _lease;

    ~LostTokenSource() => _lease?.Abandon();

    internal void Observe(Lease lease)
    {
        _lease = lease;
        lease.ObserveLoss(this);
    }
}
