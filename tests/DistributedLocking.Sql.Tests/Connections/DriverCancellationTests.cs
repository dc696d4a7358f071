using System.Collections.Concurrent;
using DistributedLocking.Sql.Connections;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Connections;

public sealed class DriverCancellationTests
{
    [Fact]
    public async Task It_follows_the_callers_token()
    {
        using var caller = new CancellationTokenSource();
        using var driver = new DriverCancellation(caller.Token);
        driver.Token.IsCancellationRequested.ShouldBeFalse();

        await caller.CancelAsync();

        await Eventually.BecomesTrueAsync(() => driver.Token.IsCancellationRequested, "the driver's token is cancelled");
    }

    [Fact]
    public void A_token_that_is_cancelled_already_is_followed_too()
    {
        using var driver = new DriverCancellation(new CancellationToken(canceled: true));

        driver.Token.IsCancellationRequested.ShouldBeTrue();
    }

    /// <summary>On a timer's thread the exception would end the process.</summary>
    [Fact]
    public void What_a_driver_throws_at_its_cancellation_reaches_nobody()
    {
        using var caller = new CancellationTokenSource();
        using var driver = new DriverCancellation(caller.Token);
        using var told = new ManualResetEventSlim();
        driver.Token.Register(() =>
        {
            told.Set();
            throw new ObjectDisposedException("connector");
        });

        caller.Cancel();

        told.Wait(Eventually.Bound, TestContext.Current.CancellationToken).ShouldBeTrue();
    }

    /// <summary>
    /// A driver asks the server to cancel, over a connection of its own. A server that is silent takes seconds for
    /// each.
    /// </summary>
    [Fact]
    public void A_driver_that_takes_its_time_over_a_cancellation_does_not_hold_up_who_cancels()
    {
        using var unblock = new ManualResetEventSlim();
        using var caller = new CancellationTokenSource();
        using var driver = new DriverCancellation(caller.Token);
        using var ended = new ManualResetEventSlim();
        var wasUnblocked = false;
        driver.Token.Register(() =>
        {
            wasUnblocked = unblock.Wait(TimeSpan.FromSeconds(10), CancellationToken.None);
            ended.Set();
        });

        caller.Cancel();

        unblock.Set();
        ended.Wait(Eventually.Bound, TestContext.Current.CancellationToken).ShouldBeTrue();
        wasUnblocked.ShouldBeTrue();
    }

    [Fact]
    public async Task A_hundred_cancellations_on_a_silent_server_take_no_thread_of_the_pool_and_few_others()
    {
        using var unblock = new ManualResetEventSlim();
        using var caller = new CancellationTokenSource();
        var fromPool = 0;
        var threads = new ConcurrentDictionary<int, bool>();
        var calls = Enumerable.Range(0, 100).Select(_ => new DriverCancellation(caller.Token)).ToList();
        using var told = new CountdownEvent(calls.Count);
        foreach (var call in calls)
        {
            call.Token.Register(() =>
            {
                threads.TryAdd(Environment.CurrentManagedThreadId, value: true);
                if (Thread.CurrentThread.IsThreadPoolThread)
                {
                    Interlocked.Increment(ref fromPool);
                }

                unblock.Wait(Eventually.Bound, CancellationToken.None);
                told.Signal();
            });
        }

        await caller.CancelAsync();
        await Eventually.BecomesTrueAsync(() => threads.Count >= 2, "several are told at a time");
        unblock.Set();

        told.Wait(Eventually.Bound, TestContext.Current.CancellationToken).ShouldBeTrue();
        fromPool.ShouldBe(0);
        threads.Count.ShouldBeLessThanOrEqualTo(CancellationThreads.Most);
        calls.ForEach(call => call.Dispose());
    }

    [Fact]
    public void After_the_call_nothing_is_cancelled()
    {
        using var caller = new CancellationTokenSource();
        CancellationToken token;
        using (var driver = new DriverCancellation(caller.Token))
        {
            token = driver.Token;
        }

        caller.Cancel();

        token.IsCancellationRequested.ShouldBeFalse();
    }
}
