using DistributedLocking.Engine;

namespace DistributedLocking.Tests.Doubles;

/// <summary>Leases that no store knows of.</summary>
internal static class GateLeases
{
    internal static Lease New() => New(new LocalGate(new GateTable(), "key"));

    internal static Lease New(LocalGate gate) => new(gate, "owner", 1, AcquirePlan.ForAcquire(new DistributedLockOptions(), null), 0)
    {
        HoldEnd = Clock.Never,
        Chain = null,
    };
}
