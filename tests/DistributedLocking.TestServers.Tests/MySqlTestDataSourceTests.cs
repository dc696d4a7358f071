using System.Data;
using System.Data.Common;
using System.Diagnostics;
using DistributedLocking.TestDrivers;

namespace DistributedLocking.TestServers.Tests;

/// <summary>What the tests of the MySQL locks rely on in their driver, whichever it is.</summary>
public sealed class MySqlTestDataSourceTests : IAsyncLifetime
{
    private const string Lock = "SELECT n FROM t WHERE i = 1 FOR UPDATE";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private MariaDbServer _server = null!;
    private DbDataSource _source = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await MariaDbServer.StartAsync();
        _source = MySqlTestDataSource.Create($"{_server.ConnectionString};Max Pool Size=200");
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, "CREATE TABLE t (i INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 42)");
    }

    public async ValueTask DisposeAsync()
    {
        _server.Thaw();
        await _source.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_the_connection_usable()
    {
        await using var holder = await HoldAsync();
        await using var waiter = await OpenAsync();
        using var cancel = new CancellationTokenSource();

        var waiting = ScalarAsync(waiter, Lock, cancel.Token);
        await WaitingAsync(1);
        await cancel.CancelAsync();

        // Shouldly makes an exception of its own for a cancelled task.
        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        thrown.CancellationToken.ShouldBe(cancel.Token);
        Number(thrown.InnerException).ShouldBe(1317);
        waiter.State.ShouldBe(ConnectionState.Open);
        for (var i = 0L; i < 20; i++)
        {
            (await ScalarAsync(waiter, $"SELECT {i}")).ShouldBe(i);
        }
    }

    [Fact]
    public async Task A_statement_that_another_kills_fails_with_the_servers_number()
    {
        await using var holder = await HoldAsync();
        await using var waiter = await OpenAsync();
        var id = await ScalarAsync(waiter, "SELECT CONNECTION_ID()");

        var waiting = ScalarAsync(waiter, Lock);
        await WaitingAsync(1);
        await ExecuteAsync(holder, $"KILL QUERY {id}");

        Number(await Should.ThrowAsync<DbException>(waiting)).ShouldBe(1317);
        (await ScalarAsync(waiter, "SELECT 1")).ShouldBe(1L);
    }

    [Fact]
    public async Task A_command_that_takes_too_long_leaves_the_connection_usable()
    {
        await using var holder = await HoldAsync();
        await using var waiter = await OpenAsync();
        await using var command = waiter.CreateCommand();
        command.CommandText = Lock;
        command.CommandTimeout = 1;

        await Should.ThrowAsync<DbException>(() => command.ExecuteScalarAsync(Cancellation));

        (await ScalarAsync(waiter, "SELECT 1")).ShouldBe(1L);
    }

    [Fact]
    public async Task A_frozen_server_holds_up_no_cancelled_call()
    {
        await using var holder = await HoldAsync();
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        using var cancel = new CancellationTokenSource();
        var query = ScalarAsync(connection, Lock, cancel.Token, transaction);
        await WaitingAsync(1);

        _server.Freeze();
        var open = _source.OpenConnectionAsync(cancel.Token).AsTask();
        (query.IsCompleted, open.IsCompleted).ShouldBe((false, false));
        var start = Stopwatch.GetTimestamp();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(open);
        await Should.ThrowAsync<OperationCanceledException>(query);

        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        connection.State.ShouldNotBe(ConnectionState.Open);
        _server.Thaw();
        (await ScalarAsync(await OpenAsync(), "SELECT 1")).ShouldBe(1L);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_killed_session_is_not_open_after_the_failing_command(bool isWaiting)
    {
        await using var holder = await HoldAsync();
        await using var victim = await OpenAsync();
        var id = await ScalarAsync(victim, "SELECT CONNECTION_ID()");

        var waiting = isWaiting ? ScalarAsync(victim, Lock) : Task.FromResult<object?>(null);
        await WaitingAsync(isWaiting ? 1 : 0);
        await ExecuteAsync(holder, $"KILL {id}");
        await GoneAsync(holder, id);

        await Should.ThrowAsync<DbException>(isWaiting ? waiting : ScalarAsync(victim, "SELECT 1"));
        victim.State.ShouldNotBe(ConnectionState.Open);
    }

    [Fact]
    public async Task A_session_that_kills_itself_is_not_open()
    {
        await using var victim = await OpenAsync();

        await Should.ThrowAsync<DbException>(() => ExecuteAsync(victim, "KILL CONNECTION_ID()"));

        victim.State.ShouldNotBe(ConnectionState.Open);
    }

    [Fact]
    public async Task After_a_restart_the_pool_gives_working_connections()
    {
        await using (await OpenAsync())
        {
            await (await OpenAsync()).DisposeAsync();
        }

        await _server.KillAsync();
        await _server.RestartAsync();

        for (var i = 0; i < 3; i++)
        {
            (await ScalarAsync(await OpenAsync(), "SELECT 1")).ShouldBe(1L);
        }
    }

    [Fact]
    public async Task A_hundred_waiting_connections_hold_no_threads_of_the_pool()
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(2, ports).ShouldBeTrue();
        try
        {
            await using var holder = await HoldAsync();
            using var cancel = new CancellationTokenSource();
            var connections = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => OpenAsync()));
            var start = Stopwatch.GetTimestamp();
            var waiting = connections.Select((connection, i) => ScalarAsync(connection, Lock, i < 10 ? cancel.Token : Cancellation)).ToList();
            Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(10));
            await WaitingAsync(100);
            await Task.Run(() => { }, Cancellation).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancellation);

            await cancel.CancelAsync();
            foreach (var one in waiting.Take(10))
            {
                await Should.ThrowAsync<OperationCanceledException>(one);
            }

            await ExecuteAsync(holder, "ROLLBACK");
            (await Task.WhenAll(waiting.Skip(10))).ShouldAllBe(n => (int)n! == 42);
            foreach (var connection in connections)
            {
                (await ScalarAsync(connection, "SELECT 1")).ShouldBe(1L);
                await connection.DisposeAsync();
            }
        }
        finally
        {
            ThreadPool.SetMinThreads(workers, ports);
        }
    }

    [Fact]
    public async Task A_transaction_commits_or_rolls_back_and_knows_its_connection()
    {
        await using var connection = await OpenAsync();
        await using (var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, Cancellation))
        {
            transaction.Connection.ShouldBeSameAs(connection);
            await Should.ThrowAsync<InvalidOperationException>(() => ScalarAsync(connection, "SELECT 1"));
            await ExecuteAsync(connection, "UPDATE t SET n = 1", transaction);
            await transaction.RollbackAsync(Cancellation);
        }

        (await ScalarAsync(connection, Lock)).ShouldBe(42);
        await using (var transaction = await connection.BeginTransactionAsync(Cancellation))
        {
            await ExecuteAsync(connection, "UPDATE t SET n = 2", transaction);
            await transaction.CommitAsync(Cancellation);
        }

        await using (var transaction = await connection.BeginTransactionAsync(Cancellation))
        {
            await ExecuteAsync(connection, "UPDATE t SET n = 3", transaction);
        }

        (await ScalarAsync(connection, Lock)).ShouldBe(2);
    }

    [Fact]
    public async Task The_pool_has_an_end_and_rolls_back_only_transactions_that_it_knows()
    {
        await using var source = MySqlTestDataSource.Create($"{_server.ConnectionString};Max Pool Size=1;Connection Timeout=1");
        await using (var connection = await source.OpenConnectionAsync(Cancellation))
        {
            await Should.ThrowAsync<DbException>(async () => await source.OpenConnectionAsync(Cancellation));
            await ExecuteAsync(connection, $"START TRANSACTION; {Lock}");
        }

        await using var other = await OpenAsync();
        (await ScalarAsync(other, $"{Lock} SKIP LOCKED")).ShouldBeNull();
        await (await source.OpenConnectionAsync(Cancellation)).DisposeAsync();
        (await ScalarAsync(other, $"{Lock} SKIP LOCKED")).ShouldBe(42);
    }

    [Fact]
    public async Task A_reader_reads_several_results()
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "DO 1; SELECT n, NULL FROM t WHERE i = @i; SELECT EXISTS (SELECT 1), 'text'";
        var parameter = command.CreateParameter();
        parameter.ParameterName = "@i";
        parameter.DbType = DbType.Int64;
        parameter.Value = 1L;
        command.Parameters.Add(parameter);

        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        (await reader.ReadAsync(Cancellation)).ShouldBeTrue();
        (reader.GetInt64(0), await reader.IsDBNullAsync(1, Cancellation)).ShouldBe((42, true));
        (await reader.ReadAsync(Cancellation)).ShouldBeFalse();
        (await reader.NextResultAsync(Cancellation)).ShouldBeTrue();
        (await reader.ReadAsync(Cancellation)).ShouldBeTrue();
        (reader.GetInt64(0), reader.GetString(1)).ShouldBe((1, "text"));
        (await reader.NextResultAsync(Cancellation)).ShouldBeFalse();
    }

    private static int? Number(Exception? exception) => exception?.Data["Server Error Code"] as int?;

    private static async Task<object?> ScalarAsync(DbConnection connection, string sql, CancellationToken? cancellationToken = null, DbTransaction? transaction = null)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        command.Transaction = transaction;
        return await command.ExecuteScalarAsync(cancellationToken ?? Cancellation);
    }

    private static async Task ExecuteAsync(DbConnection connection, string sql, DbTransaction? transaction = null)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static Task GoneAsync(DbConnection connection, object? id) =>
        UntilAsync(connection, $"SELECT COUNT(*) FROM information_schema.processlist WHERE id = {id}", 0);

    private static async Task UntilAsync(DbConnection connection, string count, long expected)
    {
        var start = Stopwatch.GetTimestamp();
        while ((long?)await ScalarAsync(connection, count) != expected)
        {
            Stopwatch.GetElapsedTime(start).ShouldBeLessThan(Bound);
        }
    }

    private async Task WaitingAsync(long count)
    {
        await using var connection = await OpenAsync();
        await UntilAsync(connection, "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'", count);
    }

    private async Task<DbConnection> OpenAsync() => await _source.OpenConnectionAsync(Cancellation);

    private async Task<DbConnection> HoldAsync()
    {
        var connection = await OpenAsync();
        await ExecuteAsync(connection, $"START TRANSACTION; {Lock}");
        return connection;
    }
}
