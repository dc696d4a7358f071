namespace DistributedLocking.Providers;

/// <summary>Refuses modes that a provider has no capability for, with who has it.</summary>
internal static class LockModeSupport
{
    /// <exception cref="NotSupportedException">The provider has no such capability.</exception>
    internal static void Require(this ILockProvider provider, LockMode mode)
    {
        if (!provider.Capabilities.HasFlag(mode == LockMode.Shared ? LockProviderCapabilities.Shared : LockProviderCapabilities.Counted))
        {
            throw new NotSupportedException(Refusal(provider, mode));
        }
    }

    private static string Refusal(ILockProvider provider, LockMode mode)
    {
        var (what, who) = mode == LockMode.Shared
            ? ("reader-writer locks (LockMode.Shared)", "in memory, files, Redis, PostgreSQL, MySQL and MariaDB, etcd")
            : ("semaphores (LockMode.Counted)", "in memory, files, Redis on one server, with replicas or as a Cluster, PostgreSQL, MySQL and MariaDB, etcd");
        var why = provider.WhyNot(mode) is { } reason ? " " + reason : "";
        return $"The lock's provider '{provider.Name}' has no {what} as it is configured.{why} These have: {who}.";
    }
}
