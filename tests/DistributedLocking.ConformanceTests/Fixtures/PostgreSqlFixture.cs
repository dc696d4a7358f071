using DistributedLocking.PostgreSql;
using DistributedLocking.Providers;
using DistributedLocking.Sql;
using DistributedLocking.Testing.Conformance.Workers;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>One PostgreSQL server.</summary>
public abstract class PostgreSqlFixture(SqlLockMode mode) : DatabaseFixture<PostgreSqlServer>(() => PostgreSqlServer.StartAsync())
{
    public override DistributedLockOptions CreateOptions() => new PostgreSqlLockOptions { Mode = mode, CommandTimeout = TimeSpan.FromSeconds(4) };

    public override async ValueTask<ILockProvider> CreateProviderAsync(
        DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var postgres = (PostgreSqlLockOptions)options;
        postgres.ConnectionString = await GetConnectionStringAsync();
        return new PostgreSqlLockProvider(postgres, loggerFactory);
    }

    protected override async Task CreateTablesAsync(string connectionString)
    {
        await using var dataSource = NpgsqlDataSource.Create(connectionString);
        await ExecuteAsync(dataSource, PostgreSqlLockTable.CreateScript());
    }

    public override async ValueTask<WorkerCommand> GetWorkerAsync(CancellationToken cancellationToken) =>
        TestWorker.Command("postgresql", mode.ToString(), await GetConnectionStringAsync());
}

public sealed class PostgreSqlRowLockFixture() : PostgreSqlFixture(SqlLockMode.RowLock)
{
    public override LockProviderCapabilities Capabilities =>
        LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Queue | LockProviderCapabilities.Fencing
        | LockProviderCapabilities.Shared | LockProviderCapabilities.Counted | LockProviderCapabilities.Inspection;

    public override IReadOnlyDictionary<string, string> Deviations => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Inspection.ReadersAndWritersAreSeen"] = "Readers and writers hold an advisory lock by their key's hash, which tells no key.",
    };
}

public sealed class PostgreSqlLeaseFixture() : PostgreSqlFixture(SqlLockMode.Lease)
{
    public override LockProviderCapabilities Capabilities =>
        LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Notification | LockProviderCapabilities.Fencing
        | LockProviderCapabilities.Shared | LockProviderCapabilities.Counted | LockProviderCapabilities.Inspection;
}
