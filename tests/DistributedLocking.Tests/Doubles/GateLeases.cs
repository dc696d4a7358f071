using DistributedLocking.Engine.Gates;
using DistributedLocking.Engine.Leases;
using DistributedLocking.Engine.Plans;
using DistributedLocking.Engine.Time;

namespace DistributedLocking.Tests.Doubles;

/// <summary>Leases that no store knows of.</summary>
internal static class GateLeases
{
    internal static Lease New() => New(new LocalGate(new LocalGates(), "key"));

    internal static Lease New(LocalGate gate)
    {
        var plan = AcquirePlan.ForAcquire(new DistributedLockOptions(), null);
        return new Lease(gate, "owner", 1, plan, 0) { HoldEnd = Clock.Never, Chain = null };
    }
}
