using DistributedLocking.Providers;

namespace DistributedLocking.Testing.Conformance;

/// <summary>
/// What a fact needs from a fixture; null from <see cref="Check"/> when it is there, else the reason for a skip.
/// </summary>
internal sealed record Requirement(Func<ConformanceFixture, string?> Check)
{
    internal static Requirement ServerEnforcedLease { get; } =
        Has(LockProviderCapabilities.ServerEnforcedLease, "The store does not end the lease of a holder that is frozen or cut off.");

    internal static Requirement NoServerEnforcedLease { get; } = new(fixture =>
        fixture.Capabilities.HasFlag(LockProviderCapabilities.ServerEnforcedLease) ? "Only for a store that does not end leases itself." : null);

    internal static Requirement Queue { get; } = Has(LockProviderCapabilities.Queue, "The store keeps no queue of waiters.");

    internal static Requirement NoQueue { get; } = new(fixture =>
        fixture.Capabilities.HasFlag(LockProviderCapabilities.Queue) && !fixture.Capabilities.HasFlag(LockProviderCapabilities.Notification)
            ? "A waiter stays in the store's queue and is told nothing before the lock."
            : null);

    internal static Requirement Notification { get; } = Has(LockProviderCapabilities.Notification, "The store does not notify other processes of a release.");

    internal static Requirement Fencing { get; } = Has(LockProviderCapabilities.Fencing, "The store hands out no fencing tokens that rise across processes.");

    internal static Requirement Shared { get; } = Has(LockProviderCapabilities.Shared, "The store has no reader-writer locks.");

    internal static Requirement Counted { get; } = Has(LockProviderCapabilities.Counted, "The store has no semaphores.");

    internal static Requirement Inspection { get; } = Has(LockProviderCapabilities.Inspection, "The store can't tell who holds what.");

    internal static Requirement NoInspection { get; } = new(fixture =>
        fixture.Capabilities.HasFlag(LockProviderCapabilities.Inspection) ? "Only for a store that can't tell who holds what." : null);

    internal static Requirement OtherProcess { get; } = new(fixture => fixture.CanStartWorkers ? null : fixture.NoWorkerReason);

    internal static Requirement StopSignals { get; } = new(_ =>
        OperatingSystem.IsWindows() ? "Windows has no signal that stops a process." : null);

    internal static Requirement Outage { get; } = new(fixture => fixture.CanStopStore ? null : fixture.NoOutageReason);

    private static Requirement Has(LockProviderCapabilities capability, string reason) =>
        new(fixture => fixture.Capabilities.HasFlag(capability) ? null : reason);
}
