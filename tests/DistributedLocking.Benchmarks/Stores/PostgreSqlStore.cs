using System.Data.Common;
using DistributedLocking.Benchmarks.Subjects;
using DistributedLocking.Benchmarks.Subjects.Sql;
using DistributedLocking.PostgreSql.Dialect;
using DistributedLocking.Sql;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace DistributedLocking.Benchmarks.Stores;

internal sealed class PostgreSqlStore : SqlStore
{
    internal const string StoreName = "postgresql";

    private PostgreSqlStore(PostgreSqlServer server, DbConnection observer)
        : base(server, "DISTRIBUTEDLOCKING_POSTGRESQL", observer, new PostgreSqlLockDialect())
    {
    }

    internal override string Name => StoreName;

    protected override string CountSessions => "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";

    internal static async Task<PostgreSqlStore> OpenAsync()
    {
        var server = await PostgreSqlServer.GetDurableAsync();
        return new PostgreSqlStore(server, await ObserveAsync(server, new NpgsqlConnection(server.ConnectionString + ";Pooling=false")));
    }

    protected override DbDataSource CreateDataSource() => NpgsqlDataSource.Create(ConnectionString);

    protected override RawStatements RawStatements(string table) => new(
        $"SELECT token, used_at, expires_at FROM {table} WHERE lock_key = @key FOR UPDATE",
        $"""
        INSERT INTO {table} (lock_key, owner, token, expires_at, used_at) VALUES (@key, @owner, @now, @end, @now)
        ON CONFLICT (lock_key) DO UPDATE SET owner = excluded.owner, token = excluded.token, expires_at = excluded.expires_at, used_at = excluded.used_at
        """,
        $"DELETE FROM {table} WHERE lock_key = @key AND owner = @owner",
        "SELECT pg_advisory_lock(hashtext(@name))",
        "SELECT pg_advisory_unlock(hashtext(@name))");

    protected override IEnumerable<ILockSubject> CreatePeers(SqlLockMode mode) => [PostgreSqlPeers.DistributedLock(ConnectionString)];

    protected override void AddLock(IServiceCollection services, Action<SqlLockOptions> configure) => services.AddPostgreSqlLock(options =>
    {
        options.ConnectionString = ConnectionString;
        configure(options);
    });
}
