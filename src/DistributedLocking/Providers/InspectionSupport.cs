namespace DistributedLocking.Providers;

/// <summary>Refuses to inspect a store that can't tell who holds what, with who can.</summary>
internal static class InspectionSupport
{
    /// <exception cref="NotSupportedException">The provider has no such capability.</exception>
    internal static ILockInspection RequireInspection(this ILockProvider provider)
    {
        if (provider.Capabilities.HasFlag(LockProviderCapabilities.Inspection) && provider.Inspection is { } inspection)
        {
            return inspection;
        }

        var why = provider.WhyNoInspection is { } reason ? " " + reason : "";
        throw new NotSupportedException(
            $"The lock's provider '{provider.Name}' can't tell who holds a lock as it is configured.{why} "
            + "These can: in memory, files on Linux, Redis, PostgreSQL, leases on MySQL and MariaDB, etcd.");
    }
}
