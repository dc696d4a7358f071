using Medallion.Threading;
using Medallion.Threading.Postgres;

namespace DistributedLocking.Benchmarks.Subjects.Sql;

/// <summary>Other packages' locks on PostgreSQL.</summary>
internal static class PostgreSqlPeers
{
    /// <summary>Session-level advisory locks.</summary>
    internal static PeerLock DistributedLock(string connectionString)
    {
        IDistributedLockProvider locks = new PostgresDistributedSynchronizationProvider(connectionString);
        return new PeerLock("DistributedLock.Postgres", async key => await locks.CreateLock(key).AcquireAsync(), () => ValueTask.CompletedTask);
    }
}
