using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using DistributedLocking.TestKit;
using DistributedLocking.Testing;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Engine;

/// <summary>What the manual clock can't show: the threads behind renewal and loss on the system's clock.</summary>
[Collection(nameof(SystemClockTests))]
[CollectionDefinition(nameof(SystemClockTests), DisableParallelization = true)]
public sealed class SystemClockTests
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(1.5);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_starved_thread_pool_delays_neither_renewal_nor_loss()
    {
        var store = new InMemoryLockStore();
        var options = new DistributedLockOptions { TimeToLive = TimeToLive };
        await using var locks = new DistributedLock(new InMemoryLockProvider(store, options), options);
        await using var renewed = await locks.AcquireAsync("renewed", cancellationToken: Cancel);
        await using var lapsing = await locks.AcquireAsync("lapsing", new AcquireOptions { AutoRenew = false }, Cancel);
        var lost = lapsing.LostToken;
        var keptHeld = false;
        var lossSeenAfter = TimeSpan.Zero;
        var end = new ManualResetEventSlim(); // not disposed: work items that start after the test still look at it
        Starve(end);

        // Nothing here may need the pool, not even the assertions' continuations.
        var observer = new Thread(() =>
        {
            var start = TimeProvider.System.GetTimestamp();
            lost.WaitHandle.WaitOne(TimeSpan.FromSeconds(10));
            lossSeenAfter = TimeProvider.System.GetElapsedTime(start);
            end.Wait(TimeToLive * 2);
            keptHeld = renewed.IsHeld && !renewed.LostToken.IsCancellationRequested;
            end.Set();
        });
        observer.Start();
        observer.Join();

        lossSeenAfter.ShouldBeLessThan(TimeToLive + TimeSpan.FromSeconds(5));
        keptHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task The_loss_of_a_lock_is_seen_without_asking()
    {
        var logs = new RecordingLogger();
        var options = new DistributedLockOptions { TimeToLive = TimeSpan.FromMilliseconds(100), AutoRenew = false };
        await using var locks = new DistributedLock(new InMemoryLockProvider(new InMemoryLockStore(), options), options, logs);
        await using var handle = await locks.AcquireAsync("key", cancellationToken: Cancel);
        var lost = new TaskCompletionSource();
        await using var registration = handle.LostToken.Register(lost.SetResult);

        await lost.Task.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancel);

        handle.IsHeld.ShouldBeFalse();
    }

    [Fact]
    public async Task An_extension_that_comes_after_the_shutdown_does_not_hang()
    {
        var reply = new TaskCompletionSource<IReadOnlyList<RenewalReply>>();
        var provider = new ScriptedProvider(new ManualTimeProvider()) { OnRenew = (_, _) => new(reply.Task) };
        var locks = new DistributedLock(provider, new DistributedLockOptions());
        var handle = await locks.AcquireAsync("key", cancellationToken: Cancel);
        var first = handle.ExtendAsync(cancellationToken: Cancel).AsTask();
        var second = handle.ExtendAsync(cancellationToken: Cancel).AsTask();
        await locks.DisposeAsync();

        reply.SetResult([new RenewalReply(RenewalOutcome.Renewed)]);

        await Should.ThrowAsync<DistributedLockException>(first.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancel));
        await Should.ThrowAsync<DistributedLockException>(second.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancel));
    }

    [Fact]
    public async Task An_offer_that_comes_after_the_shutdown_does_not_hang()
    {
        var reply = new TaskCompletionSource<AcquireReply>();
        var provider = new ScriptedProvider(new ManualTimeProvider()) { OnAcquire = (_, _) => new(reply.Task) };
        var locks = new DistributedLock(provider, new DistributedLockOptions());
        var acquire = locks.AcquireAsync("key", new AcquireOptions { WaitTimeout = Timeout.InfiniteTimeSpan }, Cancel).AsTask();
        await locks.DisposeAsync();

        reply.SetResult(AcquireReply.Granted(1, offer: TimeSpan.FromSeconds(1)));

        await Should.ThrowAsync<ObjectDisposedException>(acquire.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancel));
    }

    [Fact]
    public async Task A_store_that_blocks_its_caller_holds_up_no_other_locks_loss()
    {
        using var unblock = new ManualResetEventSlim();
        var provider = new ScriptedProvider(new ManualTimeProvider());
        provider.OnRelease = (_, _) =>
        {
            unblock.Wait(TimeSpan.FromSeconds(10), CancellationToken.None);
            return ValueTask.FromResult(true);
        };
        var options = new DistributedLockOptions { TimeToLive = TimeSpan.FromMilliseconds(100), AutoRenew = false };
        await using var locks = new DistributedLock(provider, options);
        var first = await locks.AcquireAsync("first", cancellationToken: Cancel);
        var second = await locks.AcquireAsync("second", new AcquireOptions { TimeToLive = TimeSpan.FromMilliseconds(500) }, Cancel);
        var lost = second.LostToken;

        lost.WaitHandle.WaitOne(TimeSpan.FromSeconds(5)).ShouldBeTrue();

        first.LostToken.IsCancellationRequested.ShouldBeTrue();
        unblock.Set();
    }

    [Fact]
    public async Task A_wait_does_not_spin_through_its_last_millisecond()
    {
        var store = new ScriptedProvider(new ManualTimeProvider());
        store.HoldElsewhere("key");
        await using var locks = new DistributedLock(store, new DistributedLockOptions());
        for (var i = 0; i < 20; i++)
        {
            (await locks.TryAcquireAsync("key", new AcquireOptions { WaitTimeout = TimeSpan.FromMicroseconds(900) }, Cancel)).ShouldBeNull();
        }

        // At the start and at the end of each wait, and after a timer that was early. Spinning would ask thousands of
        // times.
        store.Acquires.Count.ShouldBeLessThanOrEqualTo(20 * 10);
    }

    /// <summary>
    /// Occupies the pool's threads, and those that it adds for want of progress, until the end is set.
    /// </summary>
    private static void Starve(ManualResetEventSlim end)
    {
        for (var i = 0; i < 500; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => end.Wait(CancellationToken.None), null);
        }
    }
}
