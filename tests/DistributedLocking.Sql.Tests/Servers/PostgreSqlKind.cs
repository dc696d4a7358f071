using System.Data.Common;
using DistributedLocking.PostgreSql;
using DistributedLocking.PostgreSql.Dialect;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace DistributedLocking.Sql.Tests.Servers;

public sealed class PostgreSqlKind : DatabaseKind
{
    internal override SqlLockDialect LockDialect { get; } = new PostgreSqlLockDialect();

    internal override string Now => "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

    internal override string Settings => """
        SELECT concat_ws(' ', current_setting('transaction_isolation'), current_setting('idle_in_transaction_session_timeout'),
            current_setting('lock_timeout'), current_setting('statement_timeout'), current_setting('synchronous_commit'))
        """;

    internal override string Self => "SELECT pg_backend_pid()::bigint";

    internal override string NoReset => "No Reset On Close=true";

    internal override string WorkerName => "postgresql";

    internal override async Task<DatabaseServer> StartServerAsync(params string[] arguments) => await PostgreSqlServer.StartAsync(arguments);

    internal override Task<DatabaseServer> StartUnusualServerAsync(string isolationLevel) => StartServerAsync(
        "-c", $"default_transaction_isolation={isolationLevel}",
        "-c", "idle_in_transaction_session_timeout=77s", "-c", "lock_timeout=66s", "-c", "statement_timeout=55s",
        "-c", "synchronous_commit=local");

    internal override Task<DatabaseServer> StartHostileServerAsync() => StartServerAsync(
        "-c", "idle_session_timeout=1s", "-c", "idle_in_transaction_session_timeout=1s", "-c", "lock_timeout=1s", "-c", "statement_timeout=1s");

    internal override async Task<DatabaseServer> GetSharedServerAsync() => await PostgreSqlServer.GetSharedAsync();

    internal override DbDataSource CreateSource(string connectionString) => NpgsqlDataSource.Create(connectionString);

    internal override SqlLockOptions NewOptions() => new PostgreSqlLockOptions();

    internal override SqlLockProvider CreateProvider(SqlLockOptions options, DbDataSource source, ILoggerFactory? loggerFactory = null, TimeProvider? time = null) =>
        new PostgreSqlLockProvider((PostgreSqlLockOptions)options, loggerFactory, time, source);

    internal override string Drop(string database) => $"DROP DATABASE {Quote(database)} WITH (FORCE)";

    internal override string Sessions(string database) =>
        $"SELECT pid::bigint FROM pg_stat_activity WHERE datname = '{database}' AND backend_type = 'client backend'";

    internal override Task<List<long>> GetWaitingAsync(DatabaseUnderTest database) =>
        database.AdminAsync($"{Sessions(database.Name)} AND wait_event_type = 'Lock'");

    internal override Task<List<long>> GetHoldingAsync(DatabaseUnderTest database) =>
        database.AdminAsync($"{Sessions(database.Name)} AND state = 'idle in transaction'");

    internal override string LockTable(string table) => $"BEGIN;LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE";

    internal override string Kill(long session) => $"SELECT pg_terminate_backend({session})";

    internal override string Deadlocks(string database) => $"SELECT deadlocks FROM pg_stat_database WHERE datname = '{database}'";
}
