using DistributedLocking.Engine.Gates;
using DistributedLocking.Engine.Plans;
using DistributedLocking.Engine.Time;
using DistributedLocking.Providers;

namespace DistributedLocking.Engine.Leases;

/// <summary>
/// Hands a released lease on to the next caller that waits in this process. The store learns nothing of it: the owner
/// stays the same there, and each holder has a token of its own from those that the store has reserved. Bounded by the
/// tokens and by time, so that other processes get their chance. Exclusive locks only.
/// </summary>
internal sealed class LeaseHandOver(LeaseKeeper keeper, Clock clock, TimeSpan longest)
{
    /// <summary>
    /// How many holders a chain has at most. A store's clock counts about as many microseconds while it is asked once,
    /// so tokens don't run ahead of it however short the chains are.
    /// </summary>
    private const int LongestChain = 128;

    /// <summary>How many tokens to ask for.</summary>
    internal int TokensFor(LocalGate gate) => IsLikely(gate) ? LongestChain : 1;

    /// <summary>Whether a lease of this gate would be handed on when it is released.</summary>
    internal bool IsLikely(LocalGate gate) => longest > TimeSpan.Zero && gate is { Mode: LockMode.Exclusive, HasWaiters: true };

    /// <summary>Hands on a lease that has just been released. False when it has to be released in the store.</summary>
    internal bool TryPassOn(Lease released) => IsOpen(released) && released.IsSettled() && PassOn(released);

    // A method of its own, so that a release that passes nothing on makes no closure.
    private bool PassOn(Lease released) => keeper.TryHandOver(released, next => Suits(released, next) ? released.PassOn(next, clock) : null);

    /// <summary>Whether the chain may go on: there is a token left, and time.</summary>
    private bool IsOpen(Lease released) =>
        released.Chain is { } chain && released.FencingToken < chain.LastToken && clock.Since(chain.Start) < longest;

    /// <summary>Whether the rest of the lease will do for the next caller until a renewal makes it whole.</summary>
    private bool Suits(Lease released, AcquirePlan next) =>
        next.AutoRenew && next.TimeToLive >= released.TimeToLive && clock.Until(released.Deadline) >= next.TimeToLive / 3;
}
