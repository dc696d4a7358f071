using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Tables;

public sealed class MySqlMarkAheadTests(MySqlFixture fixture) : MarkAheadTests(fixture);

public sealed class PostgreSqlMarkAheadTests(PostgreSqlFixture fixture) : MarkAheadTests(fixture)
{
    /// <summary>
    /// A row lock's commit need not reach the disk, but where its token is more than the mark, the mark has to.
    /// </summary>
    [Fact]
    public async Task They_rise_when_the_server_crashes()
    {
        // It writes to the disk what commits wait for, and else nothing for long.
        await using var server = await Kind.StartServerAsync("-c", "wal_writer_delay=10s");
        await using var database = await DatabaseUnderTest.CreateAsync(Kind, server);
        await using (await database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", cancellationToken: Cancellation))
        {
        }

        await AdvanceAsync(database);
        var held = await database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", LongWait, Cancellation);

        await server.KillAsync();
        await server.RestartAsync();

        var next = await database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", LongWait, Cancellation);
        next.FencingToken.ShouldBeGreaterThan(held.FencingToken);
    }
}

/// <summary>
/// A row's stored token is ahead of the database's clock, as after a move to a server whose clock is behind.
/// </summary>
public abstract class MarkAheadTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private const long Hour = 3_600_000_000;

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task Tokens_go_on_rising(SqlLockMode mode)
    {
        var mark = await AdvanceAsync(mode);
        var tokens = new List<long> { mark };
        var instances = new[] { Database.NewLock(mode), Database.NewLock(mode), Database.NewLock(mode) };

        await Task.WhenAll(instances.Select(TakeTurnsAsync)).WaitAsync(Eventually.Bound, TimeProvider.System, Cancellation);

        tokens.Count.ShouldBe(31);
        tokens.ShouldBe(tokens.Distinct().Order());
        tokens[^1].ShouldBeLessThan(mark + 1000);

        async Task TakeTurnsAsync(DistributedLock locks)
        {
            for (var i = 0; i < 10; i++)
            {
                var handle = await locks.AcquireAsync("key", LongWait with { Retry = RetryPolicy.Forever(TimeSpan.FromMilliseconds(20)) }, Cancellation);
                tokens.Add(handle.FencingToken);
                (await handle.ReleaseAsync(Cancellation)).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public async Task They_rise_when_holders_die_without_a_commit()
    {
        var tokens = new List<long> { await AdvanceAsync(SqlLockMode.RowLock) };
        for (var i = 0; i < 4; i++)
        {
            var locks = Database.NewLock(SqlLockMode.RowLock, options => options.AutoRenew = false);
            tokens.Add((await locks.AcquireAsync("key", LongWait, Cancellation)).FencingToken);
            await Database.KillHoldersAsync();
        }

        tokens.ShouldBe(tokens.Distinct().Order());
    }

    [Fact]
    public async Task They_rise_from_mode_to_mode()
    {
        var tokens = new List<long> { await AdvanceAsync(SqlLockMode.RowLock) };
        foreach (var mode in (SqlLockMode[])[SqlLockMode.Lease, SqlLockMode.RowLock, SqlLockMode.RowLock, SqlLockMode.Lease])
        {
            var handle = await Database.NewLock(mode).AcquireAsync("key", LongWait, Cancellation);
            tokens.Add(handle.FencingToken);
            (await handle.ReleaseAsync(Cancellation)).ShouldBeTrue();
        }

        tokens.ShouldBe(tokens.Distinct().Order());
    }

    private async Task<long> AdvanceAsync(SqlLockMode mode)
    {
        await using (await Database.NewLock(mode).AcquireAsync("key", cancellationToken: Cancellation))
        {
        }

        return await AdvanceAsync(Database);
    }

    private protected static async Task<long> AdvanceAsync(DatabaseUnderTest database)
    {
        await database.SqlAsync($"UPDATE {database.Table} SET token = {database.Kind.Now} + {Hour}");
        return await database.NumberAsync($"SELECT token FROM {database.Table}");
    }
}
