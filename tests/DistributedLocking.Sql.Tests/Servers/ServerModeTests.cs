using DistributedLocking.MySql;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Tables;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;
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
    public async Task A_lease_whose_commit_fails_is_neither_granted_nor_renewed_nor_released()
    {
        await using var server = await MariaDbServer.StartAsync("--autocommit=0");
        await using var source = new MySqlDataSource(server.ConnectionString);
        var recorder = new RecordingDataSource(source);
        await using var provider = new MySqlLockProvider(new MySqlLockOptions { Mode = SqlLockMode.Lease }, dataSource: recorder);
        var request = new AcquireRequest { Key = Key, OwnerId = "owner", TimeToLive = TimeSpan.FromMinutes(1) };
        var lease = new LeaseReference(request.Key, request.OwnerId);
        (await provider.TryAcquireAsync(request, Cancel)).IsGranted.ShouldBeTrue();
        (await provider.ReleaseAsync(lease, Cancel)).ShouldBeTrue();

        FailCommits(true);
        await Should.ThrowAsync<DistributedLockUnavailableException>(() => provider.TryAcquireAsync(request, Cancel).AsTask());
        FailCommits(false);
        (await provider.TryAcquireAsync(request with { OwnerId = "other" }, Cancel)).IsGranted.ShouldBeTrue();
        (await provider.ReleaseAsync(lease with { OwnerId = "other" }, Cancel)).ShouldBeTrue();
        (await provider.TryAcquireAsync(request, Cancel)).IsGranted.ShouldBeTrue();

        FailCommits(true);
        (await provider.RenewAsync([new(lease, request.TimeToLive)], Cancel))[0].Outcome.ShouldBe(RenewalOutcome.Unknown);
        await Should.ThrowAsync<DistributedLockUnavailableException>(() => provider.ReleaseAsync(lease, Cancel).AsTask());

        void FailCommits(bool on) => recorder.Text = text => on ? text.Replace(";COMMIT", ";SIGNAL SQLSTATE '45000'", StringComparison.Ordinal) : text;
    }

    /// <summary>A pool's reset brings the global settings back, and init_connect is not run again.</summary>
    [Fact]
    public async Task Leases_exclude_where_sessions_commit_by_themselves_only_until_their_pool_resets_them()
    {
        await using var server = await MariaDbServer.StartAsync("--autocommit=0", "--init-connect=SET autocommit = 1");
        await using (var admin = new MySqlDataSource(server.ConnectionString))
        {
            // It is not run for administrators either.
            await using var connection = await admin.OpenConnectionAsync(Cancel);
            await using var command = connection.CreateCommand();
            command.CommandText = $"CREATE USER app IDENTIFIED BY 'app'; GRANT ALL ON {server.Database}.* TO app";
            await command.ExecuteNonQueryAsync(Cancel);
        }

        var connectionString = new MySqlConnectionStringBuilder(server.ConnectionString) { UserID = "app", Password = "app" }.ConnectionString;
        await using var source = new MySqlDataSource(connectionString);
        await using var elsewhere = new MySqlDataSource(connectionString);
        await using var one = Leases(source);
        await using var two = Leases(elsewhere);

        // The second is granted by a session that has been reset.
        await one.AcquireAsync("first", Cancel);
        var handle = await one.AcquireAsync(Key, Cancel);

        (await two.TryAcquireAsync(Key, Cancel)).ShouldBeNull();
        (await handle.ReleaseAsync(Cancel)).ShouldBeTrue();
        (await two.TryAcquireAsync(Key, Cancel)).ShouldNotBeNull().FencingToken.ShouldBeGreaterThan(handle.FencingToken);
    }

    /// <summary>
    /// The limit for transactions that have only read overrides the one for all, and a locking read counts as reading.
    /// </summary>
    [Fact]
    public async Task The_row_lock_of_a_stopped_holder_ends_at_its_time_to_live_whatever_the_server_allows()
    {
        await using var server = await MariaDbServer.StartAsync("--idle-readonly-transaction-timeout=1000", "--idle-write-transaction-timeout=1000");
        await using var source = new MySqlDataSource(server.ConnectionString);
        await using var stopped = new MySqlLockProvider(new MySqlLockOptions(), dataSource: source);
        var request = new AcquireRequest { Key = Key, OwnerId = "stopped", TimeToLive = TimeSpan.FromSeconds(1) };
        (await stopped.TryAcquireAsync(request, Cancel)).IsGranted.ShouldBeTrue();
        var options = new MySqlLockOptions();
        await using var others = new DistributedLock(new MySqlLockProvider(options, dataSource: source), options);

        (await others.AcquireAsync(Key, TimeSpan.FromSeconds(30), Cancel)).IsHeld.ShouldBeTrue();
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

    [Fact]
    public async Task Row_locks_are_refused_at_once_where_the_binary_log_is_of_statements()
    {
        await using var server = await MariaDbServer.StartAsync("--log-bin=binlog", "--binlog-format=STATEMENT");
        await using var source = new MySqlDataSource(server.ConnectionString);
        var options = new MySqlLockOptions();
        await using var locks = new DistributedLock(new MySqlLockProvider(options, dataSource: source), options);

        var failure = await Should.ThrowAsync<DistributedLockUnavailableException>(
            async () => await locks.AcquireAsync(Key, TimeSpan.FromMinutes(1), Cancel));

        failure.IsTransient.ShouldBeFalse();
        failure.Message.ShouldContain("binlog_format");
        await using var leases = Leases(source);
        (await (await leases.AcquireAsync(Key, Cancel)).ReleaseAsync(Cancel)).ShouldBeTrue();
    }

    private static DistributedLock Leases(System.Data.Common.DbDataSource source)
    {
        var options = new MySqlLockOptions { Mode = SqlLockMode.Lease };
        return new DistributedLock(new MySqlLockProvider(options, dataSource: source), options);
    }
}
