using System.Data.Common;
using DistributedLocking.PostgreSql.Dialect;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;
using DistributedLocking.Testing;

namespace DistributedLocking.Sql.Tests.Connections;

public sealed class MySqlKeptSessionTests(MySqlFixture fixture) : KeptSessionTests(fixture);

public sealed class PostgreSqlKeptSessionTests(PostgreSqlFixture fixture) : KeptSessionTests(fixture)
{
    [Fact]
    public async Task A_session_is_kept_for_a_moment()
    {
        var time = new ManualTimeProvider();
        await using var idle = new IdleSessions(time);
        var session = await OpenAsync(idle);
        await session.DisposeAsync();

        time.Advance(IdleSessions.Moment / 2);
        idle.TakeOrBeginOpening().ShouldBeSameAs(session);
        await session.DisposeAsync();
        session.IsOpen.ShouldBeTrue();

        time.Advance(IdleSessions.Moment);
        idle.TakeOrBeginOpening().ShouldBeNull();
        time.Advance(IdleSessions.Moment);
        await Eventually.BecomesTrueAsync(() => !session.IsOpen, "the pool has it");
    }

    [Fact]
    public async Task None_is_kept_from_those_who_wait_for_the_pool()
    {
        await using var idle = new IdleSessions(TimeProvider.System);
        var session = await OpenAsync(idle);
        idle.TakeOrBeginOpening().ShouldBeNull();

        await session.DisposeAsync();

        session.IsOpen.ShouldBeFalse();
        idle.EndOpening();
        idle.Count.ShouldBe(0);
    }

    [Fact]
    public async Task None_is_kept_that_has_failed()
    {
        await using var idle = new IdleSessions(TimeProvider.System);
        var session = await OpenAsync(idle);
        await Should.ThrowAsync<DbException>(() => session.ExecuteAsync("BEGIN;SELECT 1 / 0", static _ => { }, Cancellation));

        await session.DisposeAsync();

        idle.Count.ShouldBe(0);
        await Database.HoldingAsync(0);
    }

    [Fact]
    public async Task None_is_kept_when_one_turns_out_to_be_cut()
    {
        await using var idle = new IdleSessions(new ManualTimeProvider());
        var cut = await OpenAsync(idle);
        var kept = await OpenAsync(idle);
        await kept.DisposeAsync();
        await Should.ThrowAsync<DbException>(() => cut.ExecuteAsync("SELECT pg_terminate_backend(pg_backend_pid())", static _ => { }, Cancellation));
        cut.IsOpen.ShouldBeFalse();

        await cut.DisposeAsync();

        idle.Count.ShouldBe(0);
        await Eventually.BecomesTrueAsync(() => !kept.IsOpen, "the pool has it");
    }

    [Fact]
    public async Task None_is_kept_after_the_end()
    {
        var idle = new IdleSessions(TimeProvider.System);
        var kept = await OpenAsync(idle);
        var used = await OpenAsync(idle);
        await kept.DisposeAsync();

        await idle.DisposeAsync();
        await used.DisposeAsync();

        (kept.IsOpen, used.IsOpen).ShouldBe((false, false));
    }

    private async Task<SqlSession> OpenAsync(IdleSessions idle) =>
        new(await Database.Source.OpenConnectionAsync(Cancellation), PostgreSqlStatements.For("t", limitsTransactions: false), idle);
}

/// <summary>A lock with a pool of its own, whose sessions it keeps for a moment.</summary>
public abstract class KeptSessionTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task One_connection_is_enough_for_many_callers(SqlLockMode mode)
    {
        var locks = Database.NewLock(mode, options => options.ConnectionString = Database.ConnectionString("Maximum Pool Size=1"));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(UseAsync)).WaitAsync(Eventually.Bound * 2, TimeProvider.System, Cancellation);

        async Task UseAsync(int key)
        {
            for (var i = 0; i < 5; i++)
            {
                var held = await locks.AcquireAsync($"key {key}", LongWait, Cancellation);
                await held.ExtendAsync(cancellationToken: Cancellation);
                (await held.ReleaseAsync(Cancellation)).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public async Task A_refused_attempt_leaves_nothing_to_the_next()
    {
        var others = Database.NewLock(SqlLockMode.RowLock);
        var locks = Database.NewLock(SqlLockMode.RowLock, options => options.ConnectionString = Database.ConnectionString("Maximum Pool Size=1"));
        var held = await others.AcquireAsync("key", LongWait, Cancellation);

        (await locks.TryAcquireAsync("key", cancellationToken: Cancellation)).ShouldBeNull();
        await Database.HoldingAsync(1);
        (await held.ReleaseAsync(Cancellation)).ShouldBeTrue();

        (await locks.TryAcquireAsync("key", cancellationToken: Cancellation)).ShouldNotBeNull();
        await Database.HoldingAsync(1);
    }
}
