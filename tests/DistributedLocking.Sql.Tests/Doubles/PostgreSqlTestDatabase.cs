using System.Data.Common;
using DistributedLocking.PostgreSql;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgreSqlTestDatabase))]

namespace DistributedLocking.Sql.Tests.Doubles;

/// <summary>PostgreSQL with Npgsql.</summary>
public sealed class PostgreSqlTestDatabase : TestDatabase
{
    internal override SqlDialect Dialect => SqlDialect.PostgreSql;

    internal override DbDataSource CreateSource(string connectionString) => NpgsqlDataSource.Create(connectionString);

    internal override SqlLockProvider CreateProvider(Action<SqlLockOptions> configure, DbDataSource? dataSource = null)
    {
        var options = new PostgreSqlLockOptions();
        configure(options);
        return new PostgreSqlLockProvider(options, dataSource: dataSource);
    }

    internal override string LockTimeout => "SELECT current_setting('lock_timeout') || ' ' || current_setting('statement_timeout')";

    internal override string LimitWaits => "SET LOCAL lock_timeout = '500ms'; SET LOCAL statement_timeout = '600ms'";

    internal override string EndWhenIdle => "SET LOCAL idle_in_transaction_session_timeout = '1s'";

    private protected override string Session => "SELECT pg_backend_pid()";

    internal override string CreateScript(Action<SqlLockOptions> configure, SqlFencingOptions? fencing = null)
    {
        var options = new PostgreSqlLockOptions();
        configure(options);
        return PostgreSqlLockTable.CreateScript(options, fencing);
    }

    internal override IServiceCollection Add(IServiceCollection services) => services.AddPostgreSqlLock();

    internal override IServiceCollection Add(IServiceCollection services, string connectionString) => services.AddPostgreSqlLock(connectionString);

    internal override IServiceCollection Add(IServiceCollection services, Func<IServiceProvider, DbDataSource> dataSource) => services.AddPostgreSqlLock(dataSource);

    internal override IServiceCollection Add(IServiceCollection services, Action<SqlLockOptions> configure) => services.AddPostgreSqlLock(configure);

    internal override IServiceCollection Add(IServiceCollection services, IConfiguration section) => services.AddPostgreSqlLock(section);

    internal override IServiceCollection AddKeyed(IServiceCollection services, object serviceKey) => services.AddKeyedPostgreSqlLock(serviceKey);

    internal override IServiceCollection AddKeyed(IServiceCollection services, object serviceKey, string connectionString) =>
        services.AddKeyedPostgreSqlLock(serviceKey, connectionString);

    internal override IServiceCollection AddKeyed(IServiceCollection services, object serviceKey, Func<IServiceProvider, DbDataSource> dataSource) =>
        services.AddKeyedPostgreSqlLock(serviceKey, dataSource);

    internal override IServiceCollection AddKeyed(IServiceCollection services, object serviceKey, Action<SqlLockOptions> configure) =>
        services.AddKeyedPostgreSqlLock(serviceKey, configure);

    internal override IServiceCollection AddKeyed(IServiceCollection services, object serviceKey, IConfiguration section) =>
        services.AddKeyedPostgreSqlLock(serviceKey, section);

    internal override async Task<bool> IsWaitingAsync(long session) =>
        await ReadAsync($"SELECT wait_event_type FROM pg_stat_activity WHERE pid = {session}") is "Lock";

    private protected override async Task<DatabaseServer> StartAsync() => await PostgreSqlServer.GetSharedAsync();
}
