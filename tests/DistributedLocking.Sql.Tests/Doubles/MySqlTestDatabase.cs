using System.Data.Common;
using DistributedLocking.MySql;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using MySqlConnector;

[assembly: AssemblyFixture(typeof(MySqlTestDatabase))]

namespace DistributedLocking.Sql.Tests.Doubles;

/// <summary>MariaDB with MySqlConnector.</summary>
public sealed class MySqlTestDatabase : TestDatabase
{
    private readonly SemaphoreSlim _looks = new(1);

    internal override SqlDialect Dialect => SqlDialect.MySql;

    internal override DbDataSource CreateSource(string connectionString) => new MySqlDataSource(connectionString);

    internal override SqlLockProvider CreateProvider(Action<SqlLockOptions> configure, DbDataSource? dataSource = null)
    {
        var options = new MySqlLockOptions();
        configure(options);
        return new MySqlLockProvider(options, dataSource: dataSource);
    }

    internal override string LockTimeout => "SELECT @@SESSION.innodb_lock_wait_timeout";

    internal override string LimitWaits => "SET SESSION innodb_lock_wait_timeout = 1, max_statement_time = 0.5";

    internal override string EndWhenIdle => "SET SESSION wait_timeout = 1";

    private protected override string Session => "SELECT CONNECTION_ID()";

    internal override string CreateScript(Action<SqlLockOptions> configure, SqlFencingOptions? fencing = null)
    {
        var options = new MySqlLockOptions();
        configure(options);
        return MySqlLockTable.CreateScript(options, fencing);
    }

    internal override IServiceCollection Add(IServiceCollection services) => services.AddMySqlLock();

    internal override IServiceCollection Add(IServiceCollection services, string connectionString) => services.AddMySqlLock(connectionString);

    internal override IServiceCollection Add(IServiceCollection services, Func<IServiceProvider, DbDataSource> dataSource) => services.AddMySqlLock(dataSource);

    internal override IServiceCollection Add(IServiceCollection services, Action<SqlLockOptions> configure) => services.AddMySqlLock(configure);

    internal override IServiceCollection Add(IServiceCollection services, IConfiguration section) => services.AddMySqlLock(section);

    internal override IServiceCollection AddKeyed(IServiceCollection services, object serviceKey) => services.AddKeyedMySqlLock(serviceKey);

    internal override IServiceCollection AddKeyed(IServiceCollection services, object serviceKey, string connectionString) =>
        services.AddKeyedMySqlLock(serviceKey, connectionString);

    internal override IServiceCollection AddKeyed(IServiceCollection services, object serviceKey, Func<IServiceProvider, DbDataSource> dataSource) =>
        services.AddKeyedMySqlLock(serviceKey, dataSource);

    internal override IServiceCollection AddKeyed(IServiceCollection services, object serviceKey, Action<SqlLockOptions> configure) =>
        services.AddKeyedMySqlLock(serviceKey, configure);

    internal override IServiceCollection AddKeyed(IServiceCollection services, object serviceKey, IConfiguration section) =>
        services.AddKeyedMySqlLock(serviceKey, section);

    /// <summary>The server refreshes what this reads only when nobody has read it for 100 milliseconds.</summary>
    internal override async Task<bool> IsWaitingAsync(long session)
    {
        await _looks.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(150), TimeProvider.System, TestContext.Current.CancellationToken);

            return Convert.ToInt64(
                await ReadAsync($"SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = {session} AND trx_state = 'LOCK WAIT'"), null) > 0;
        }
        finally
        {
            _looks.Release();
        }
    }

    private protected override async Task<DatabaseServer> StartAsync() => await MariaDbServer.GetSharedAsync();
}
