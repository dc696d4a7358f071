using System.Data.Common;
using DistributedLocking.Benchmarks.Subjects.Sql;
using DistributedLocking.MySql.Dialect;
using DistributedLocking.Sql;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.DependencyInjection;
using MySqlConnector;

namespace DistributedLocking.Benchmarks.Stores;

/// <summary>MariaDB here.</summary>
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
        var server = await MariaDbServer.GetDurableAsync();
        return new MySqlStore(server, await ObserveAsync(server, new MySqlConnection(server.ConnectionString + ";Pooling=false")));
    }

    protected override DbDataSource CreateDataSource() => new MySqlDataSource(ConnectionString);

    protected override RawStatements RawStatements(string table) => new(
        $"SELECT token, used_at, expires_at FROM {table} WHERE lock_key = @key FOR UPDATE",
        $"""
        INSERT INTO {table} (lock_key, owner, token, expires_at, used_at) VALUES (@key, @owner, @now, @end, @now)
        ON DUPLICATE KEY UPDATE owner = VALUES(owner), token = VALUES(token), expires_at = VALUES(expires_at), used_at = VALUES(used_at)
        """,
        $"DELETE FROM {table} WHERE lock_key = @key AND owner = @owner",
        "SELECT GET_LOCK(@name, 5)",
        "SELECT RELEASE_LOCK(@name)");

    protected override void AddLock(IServiceCollection services, Action<SqlLockOptions> configure) => services.AddMySqlLock(options =>
    {
        options.ConnectionString = ConnectionString;
        configure(options);
    });
}
