using DistributedLocking.MySql;
using DistributedLocking.Providers;
using DistributedLocking.Sql;
using DistributedLocking.Testing.Conformance.Workers;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.Logging;
using MySqlConnector;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>One MariaDB server.</summary>
public abstract class MySqlFixture(SqlLockMode mode) : DatabaseFixture<MariaDbServer>(() => MariaDbServer.StartAsync())
{
    public override DistributedLockOptions CreateOptions() => new MySqlLockOptions { Mode = mode, CommandTimeout = TimeSpan.FromSeconds(4) };

    public override async ValueTask<ILockProvider> CreateProviderAsync(
        DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var mysql = (MySqlLockOptions)options;
        mysql.ConnectionString = await GetConnectionStringAsync();
        return new MySqlLockProvider(mysql, loggerFactory);
    }

    protected override async Task CreateTablesAsync(string connectionString)
    {
        await using var dataSource = new MySqlDataSource(connectionString);
        await ExecuteAsync(dataSource, MySqlLockTable.CreateScript());
    }

    public override async ValueTask<WorkerCommand> GetWorkerAsync(CancellationToken cancellationToken) =>
        TestWorker.Command("mysql", mode.ToString(), await GetConnectionStringAsync());
}

public sealed class MySqlRowLockFixture() : MySqlFixture(SqlLockMode.RowLock)
{
    public override LockProviderCapabilities Capabilities =>
        LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Queue | LockProviderCapabilities.Fencing
        | LockProviderCapabilities.Shared | LockProviderCapabilities.Counted;
}

public sealed class MySqlLeaseFixture() : MySqlFixture(SqlLockMode.Lease)
{
    public override LockProviderCapabilities Capabilities => LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing
        | LockProviderCapabilities.Shared | LockProviderCapabilities.Counted | LockProviderCapabilities.Inspection;
}
