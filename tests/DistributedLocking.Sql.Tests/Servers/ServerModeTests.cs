using DistributedLocking.MySql;
using DistributedLocking.Sql.Tables;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.TestServers;
using MySqlConnector;

namespace DistributedLocking.Sql.Tests.Servers;

/// <summary>MariaDB with settings that change what its statements mean.</summary>
public sealed class ServerModeTests
{
    private const string Key = "orders";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Leases_exclude_where_statements_do_not_commit_by_themselves()
    {
        await using var server = await MariaDbServer.StartAsync("--autocommit=0");
        await using var source = new MySqlDataSource(server.ConnectionString);
        await using var one = Leases(source);
        await using var two = Leases(source);

        var handle = await one.AcquireAsync(Key, Cancel);
        (await two.TryAcquireAsync(Key, Cancel)).ShouldBeNull();
        await handle.ExtendAsync(TimeSpan.FromMinutes(2), Cancel);
        (await handle.ReleaseAsync(Cancel)).ShouldBeTrue();

        (await two.TryAcquireAsync(Key, Cancel)).ShouldNotBeNull().FencingToken.ShouldBeGreaterThan(handle.FencingToken);
    }

    [Fact]
    public async Task Unused_rows_go_where_statements_do_not_commit_by_themselves()
    {
        var kind = new MySqlKind();
        await using var server = await MariaDbServer.StartAsync("--autocommit=0");
        await using var database = await DatabaseUnderTest.CreateAsync(kind, server);
        await using (await database.NewLock(SqlLockMode.RowLock).AcquireAsync(Key, Cancel))
        {
        }

        await database.SqlAsync($"UPDATE {database.Table} SET used_at = used_at - 36000000000; COMMIT");
        var logs = new RecordingLogger();
        await using var rows = new UnusedRows(database.NewSqlDatabase(SqlLockMode.RowLock, logs), TimeSpan.FromHours(2));

        await rows.DeleteAsync();

        logs.CountOf(3002).ShouldBe(0);
        (await database.NumberAsync($"SELECT count(*) FROM {database.Table} WHERE lock_key LIKE '5:%'")).ShouldBe(0);
    }

    [Fact]
    public async Task Leases_are_refused_where_assignments_do_not_see_each_other()
    {
        await using var server = await MariaDbServer.StartAsync("--sql-mode=SIMULTANEOUS_ASSIGNMENT");
        await using var source = new MySqlDataSource(server.ConnectionString);
        await using var locks = Leases(source);

        var failure = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync(Key, Cancel));

        failure.IsTransient.ShouldBeFalse();
        failure.Message.ShouldContain("SIMULTANEOUS_ASSIGNMENT");
    }

    [Fact]
    public async Task A_try_in_a_transaction_undoes_nothing_where_a_lock_time_out_would_undo_all()
    {
        await using var server = await MariaDbServer.StartAsync("--innodb-rollback-on-timeout=1");
        await using var source = new MySqlDataSource(server.ConnectionString);
        await using var other = await source.OpenConnectionAsync(Cancel);
        await using var create = other.CreateCommand();
        create.CommandText = MySqlLockTable.CreateScript(new MySqlLockOptions()) + "CREATE TABLE data (id INT)";
        await create.ExecuteNonQueryAsync(Cancel);
        await using var holder = await other.BeginTransactionAsync(Cancel);
        await holder.AcquireLockAsync(Key, cancellationToken: Cancel);
        await using var connection = await source.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "INSERT INTO data VALUES (1)";
        await command.ExecuteNonQueryAsync(Cancel);

        (await transaction.TryAcquireLockAsync(Key, cancellationToken: Cancel)).ShouldBeNull();

        command.CommandText = "SELECT count(*) FROM data";
        Convert.ToInt32(await command.ExecuteScalarAsync(Cancel), System.Globalization.CultureInfo.InvariantCulture).ShouldBe(1);
    }

    private static DistributedLock Leases(System.Data.Common.DbDataSource source)
    {
        var options = new MySqlLockOptions { Mode = SqlLockMode.Lease };
        return new DistributedLock(new MySqlLockProvider(options, dataSource: source), options);
    }
}
