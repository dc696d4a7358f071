using System.Collections.Concurrent;
using System.Diagnostics;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;

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
            failure.ShouldBeOfType<SqlConnectionLimitException>().Message.ShouldContain("All of the 2 connections of the driver's pool");
        }

        (first.IsHeld, second.IsHeld).ShouldBe((true, true));
        (await first.ReleaseAsync(Cancellation)).ShouldBeTrue();
        var third = await locks.AcquireAsync("3", LongWait, Cancellation);
        (second.IsHeld, third.IsHeld).ShouldBe((true, true));
    }

    [Fact]
    public async Task A_pool_that_is_smaller_than_the_callers_costs_them_time_and_nothing_else()
    {
        const int Callers = 16;
        const int Keys = 20;
        var pool = Database.NewSource("Maximum Pool Size=4");
        var locks = Database.NewLock(SqlLockMode.RowLock, options => options.CommandTimeout = TimeSpan.FromSeconds(2), pool);
        var options = new AcquireOptions { TimeToLive = TimeSpan.FromSeconds(4), WaitTimeout = TimeSpan.FromSeconds(60) };
        var start = Stopwatch.GetTimestamp();
        var turns = 0;
        var failures = new ConcurrentQueue<string>();

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(RunAsync));

        failures.ShouldBeEmpty();
        turns.ShouldBeGreaterThan(Callers);

        async Task RunAsync(int caller)
        {
            for (var i = caller; Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10); i += 7)
            {
                try
                {
                    var handle = await locks.AcquireAsync($"{i % Keys}", options, Cancellation);
                    await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancellation);
                    if (!await handle.ReleaseAsync(Cancellation))
                    {
                        failures.Enqueue("lost");
                    }

                    Interlocked.Increment(ref turns);
                }
                catch (Exception e)
                {
                    failures.Enqueue(e.Message);
                }
            }
        }
    }

    [Fact]
    public async Task Waiters_for_what_others_hold_do_not_take_the_last_connection_from_keys_that_are_free()
    {
        var holders = Database.NewLock(SqlLockMode.RowLock);
        var held = new List<IDistributedLockHandle>();
        for (var i = 0; i < 4; i++)
        {
            held.Add(await holders.AcquireAsync($"held {i}", cancellationToken: Cancellation));
        }

        var locks = Database.NewLock(SqlLockMode.RowLock, options => options.CommandTimeout = TimeSpan.FromSeconds(3), Database.NewSource("Maximum Pool Size=4"));
        var waiting = Enumerable.Range(0, 4).Select(i => locks.AcquireAsync($"held {i}", LongWait, Cancellation).AsTask()).ToArray();
        await Database.WaitingAsync(3);

        for (var i = 0; i < 3; i++)
        {
            await using var free = await locks.AcquireAsync("free", cancellationToken: Cancellation);
        }

        waiting.ShouldAllBe(wait => !wait.IsCompleted);
        foreach (var handle in held)
        {
            await handle.ReleaseAsync(Cancellation);
        }

        await Task.WhenAll(waiting).WaitAsync(Eventually.Bound, TimeProvider.System, Cancellation);
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
