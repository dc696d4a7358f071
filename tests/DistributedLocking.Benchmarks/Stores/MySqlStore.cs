using System.Data.Common;
using DistributedLocking.Benchmarks.Subjects.Sql;
using DistributedLocking.MySql;
using DistributedLocking.MySql.Dialect;
using DistributedLocking.Sql;
using DistributedLocking.TestDrivers;
using DistributedLocking.TestServers;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Benchmarks.Stores;

/// <summary>
/// MariaDB here. The bare driver and the lock of one caller use the driver as it is; where many wait, MySql.Data's asynchronous calls would block all
/// threads of the pool, and the tests' stand-in for it is used. With <c>-p:MySqlDriver=MySqlConnector</c> there is nothing to stand in for.
/// </summary>
internal sealed class MySqlStore : SqlStore
{
    internal const string StoreName = "mysql";

    private MySqlStore(MariaDbServer server, DbConnection observer)
        : base(server, "DISTRIBUTEDLOCKING_MYSQL", observer, new MySqlLockDialect())
    {
    }

    internal override string Name => StoreName;

    protected override string CountSessions =>
        "SELECT COUNT(*) FROM information_schema.processlist WHERE user = SUBSTRING_INDEX(USER(), '@', 1) AND id <> CONNECTION_ID()";

    internal static async Task<MySqlStore> OpenAsync()
    {
        var server = await MariaDbServer.GetSharedAsync();
        var connection = MySqlDriver.CreateDataSource(server.ConnectionString + ";Pooling=false").CreateConnection();
        return new MySqlStore(server, await ObserveAsync(server, connection));
    }

    protected override DbDataSource CreateDataSource() => MySqlDriver.CreateDataSource(ConnectionString);

    protected override RawStatements RawStatements(string table) => new(
        $"SELECT token, used_at, expires_at FROM {table} WHERE lock_key = @key FOR UPDATE",
        $"""
        INSERT INTO {table} (lock_key, owner, token, expires_at, used_at) VALUES (@key, @owner, @now, @end, @now)
        ON DUPLICATE KEY UPDATE owner = VALUES(owner), token = VALUES(token), expires_at = VALUES(expires_at), used_at = VALUES(used_at)
        """,
        $"DELETE FROM {table} WHERE lock_key = @key AND owner = @owner");

    protected override void AddLock(IServiceCollection services, bool isContended, Action<SqlLockOptions> configure)
    {
        services.AddMySqlLock(options =>
        {
            options.ConnectionString = isContended ? null : ConnectionString;
            configure(options);
        });
        if (isContended)
        {
            services.AddSingleton(_ => MySqlTestDataSource.Create(ConnectionString));
        }
    }
}
