using System.Data.Common;
using DistributedLocking.MySql;
using DistributedLocking.Providers;
using DistributedLocking.Sql;
using DistributedLocking.TestDrivers;
using DistributedLocking.Testing.Conformance.Workers;
using DistributedLocking.TestServers;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>One MariaDB server.</summary>
public abstract class MySqlFixture(SqlLockMode mode) : DatabaseFixture<MariaDbServer>(() => MariaDbServer.StartAsync())
{
    private DbDataSource? _dataSource;

    public override DistributedLockOptions CreateOptions() => new MySqlLockOptions { Mode = mode, CommandTimeout = TimeSpan.FromSeconds(4) };

    public override async ValueTask<ILockProvider> CreateProviderAsync(
        DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        _dataSource ??= MySqlTestDataSource.Create(await GetConnectionStringAsync());
        return new MySqlLockProvider((MySqlLockOptions)options, loggerFactory, dataSource: _dataSource);
    }

    protected override async Task CreateTablesAsync(string connectionString)
    {
        await using var dataSource = MySqlTestDataSource.Create(connectionString);
        await ExecuteAsync(dataSource, MySqlLockTable.CreateScript());
    }

    public override async ValueTask<WorkerCommand> GetWorkerAsync(CancellationToken cancellationToken) =>
        TestWorker.Command("mysql", mode.ToString(), await GetConnectionStringAsync());

    public override async ValueTask DisposeAsync()
    {
        if (_dataSource is not null)
        {
            await _dataSource.DisposeAsync();
        }

        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

public sealed class MySqlRowLockFixture() : MySqlFixture(SqlLockMode.RowLock)
{
    public override LockProviderCapabilities Capabilities =>
        LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Queue | LockProviderCapabilities.Fencing;
}

public sealed class MySqlLeaseFixture() : MySqlFixture(SqlLockMode.Lease)
{
    public override LockProviderCapabilities Capabilities => LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing;
}
