using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Tests.Servers;

namespace DistributedLocking.Sql.Tests.Connections;

public sealed class MySqlConnectionLimitTests(MySqlFixture fixture) : ConnectionLimitTests(fixture);

public sealed class PostgreSqlConnectionLimitTests(PostgreSqlFixture fixture) : ConnectionLimitTests(fixture);

/// <summary>More locks are wanted than there are connections.</summary>
public abstract class ConnectionLimitTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private static readonly AcquireOptions Brief = new() { TimeToLive = TimeSpan.FromSeconds(3) };

    [Fact]
    public async Task Beyond_the_limit_an_acquire_fails_by_name_until_a_connection_is_free()
    {
        var locks = Database.NewLock(SqlLockMode.RowLock, options => options.MaxConnections = 2);
        var first = await locks.AcquireAsync("1", cancellationToken: Cancellation);
        var second = await locks.AcquireAsync("2", cancellationToken: Cancellation);

        for (var i = 0; i < 3; i++)
        {
            await Should.ThrowAsync<SqlConnectionLimitException>(() => locks.TryAcquireAsync("3", cancellationToken: Cancellation).AsTask());
        }

        await Should.ThrowAsync<SqlConnectionLimitException>(
            () => locks.AcquireAsync("3", new AcquireOptions { WaitTimeout = TimeSpan.FromMilliseconds(300) }, Cancellation).AsTask());
        (await Database.SessionsAsync()).Count.ShouldBe(2);
        await first.ReleaseAsync(Cancellation);
        var third = await locks.AcquireAsync("3", LongWait, Cancellation);
        (second.IsHeld, third.IsHeld).ShouldBe((true, true));
    }

    [Fact]
    public async Task A_wait_beyond_the_limit_ends_when_a_connection_is_free()
    {
        var locks = Database.NewLock(SqlLockMode.RowLock, options => options.MaxConnections = 1);
        var first = await locks.AcquireAsync("1", cancellationToken: Cancellation);

        var waiting = locks.AcquireAsync("2", LongWait, Cancellation);
        waiting.IsCompleted.ShouldBeFalse();
        await first.ReleaseAsync(Cancellation);

        (await waiting.Within()).IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task One_who_waits_in_the_database_counts()
    {
        var held = await Database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", cancellationToken: Cancellation);
        var locks = Database.NewLock(SqlLockMode.RowLock, options => options.MaxConnections = 1);
        var waiting = locks.AcquireAsync("key", LongWait, Cancellation);
        await Database.WaitingAsync(1);

        await Should.ThrowAsync<SqlConnectionLimitException>(() => locks.TryAcquireAsync("other", cancellationToken: Cancellation).AsTask());

        await held.ReleaseAsync(Cancellation);
        (await waiting.Within()).IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task Failures_cost_no_connection_for_ever()
    {
        var holder = Database.NewLock(SqlLockMode.RowLock);
        var held = await holder.AcquireAsync("key", cancellationToken: Cancellation);
        var locks = Database.NewLock(SqlLockMode.RowLock, options => options.MaxConnections = 1);
        for (var i = 0; i < 3; i++)
        {
            await OnceFreeAsync(async () =>
                (await locks.TryAcquireAsync("key", new AcquireOptions { WaitTimeout = TimeSpan.FromMilliseconds(50) }, Cancellation)).ShouldBeNull());
            using var cancel = new CancellationTokenSource();
            Task<IDistributedLockHandle>? waiting = null;
            await OnceFreeAsync(async () =>
            {
                waiting = locks.AcquireAsync("key", LongWait, cancel.Token).AsTask();
                if (waiting.IsFaulted)
                {
                    await waiting;
                }
            });
            await Database.WaitingAsync(1);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting!);
            await Database.WaitingAsync(0);
        }

        IDistributedLockHandle? other = null;
        await OnceFreeAsync(async () => other = await locks.AcquireAsync("other", LongWait, Cancellation));
        await Database.KillHoldersAsync(2);
        (await other!.ReleaseAsync(Cancellation)).ShouldBeFalse();
        (await locks.AcquireAsync("other", LongWait, Cancellation)).IsHeld.ShouldBeTrue();
        await held.DisposeAsync();
    }

    [Fact]
    public async Task An_exhausted_pool_is_a_failure_in_time_and_disturbs_no_renewal()
    {
        var pool = Database.NewSource("Maximum Pool Size=2");
        var locks = Database.NewLock(SqlLockMode.RowLock, options => options.CommandTimeout = TimeSpan.FromSeconds(1.5), pool);
        var first = await locks.AcquireAsync("1", Brief, Cancellation);
        var second = await locks.AcquireAsync("2", Brief, Cancellation);

        // Together they take longer than the leases.
        for (var i = 0; i < 3; i++)
        {
            var failure = await Should.ThrowAsync<DistributedLockUnavailableException>(
                () => locks.TryAcquireAsync("3", Brief, Cancellation).AsTask().Within(TimeSpan.FromSeconds(10)));
            failure.ShouldNotBeOfType<SqlConnectionLimitException>();
        }

        (first.IsHeld, second.IsHeld).ShouldBe((true, true));
        (await first.ReleaseAsync(Cancellation)).ShouldBeTrue();
        var third = await locks.AcquireAsync("3", LongWait, Cancellation);
        (second.IsHeld, third.IsHeld).ShouldBe((true, true));
    }

    /// <summary>A connection that has been given up is counted until it is back in the pool.</summary>
    private static Task OnceFreeAsync(Func<Task> acquire) => Eventually.BecomesTrueAsync(
        async () =>
        {
            try
            {
                await acquire();
                return true;
            }
            catch (SqlConnectionLimitException)
            {
                return false;
            }
        },
        "the connection is free");
}
