using DistributedLocking.InMemory;

namespace DistributedLocking.Tests.Engine;

/// <summary>Random calls on few keys through several locks over one store, in real time.</summary>
[Collection(nameof(SystemClockTests))]
public sealed class StressTests
{
    private const int Keys = 4;

    private readonly int[] _holders = new int[Keys];
    private readonly long[] _tokens = new long[Keys];
    private readonly long _end = TimeProvider.System.GetTimestamp() + (TimeProvider.System.TimestampFrequency * 3);
    private int _overlaps;
    private int _acquired;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Random_calls_keep_exclusion_and_token_order_and_leave_nothing_behind()
    {
        var store = new InMemoryLockStore();
        var options = new DistributedLockOptions { TimeToLive = TimeSpan.FromSeconds(20) };
        var locks = Enumerable.Range(0, 3).Select(_ => new DistributedLock(new InMemoryLockProvider(store, options), options)).ToArray();

        await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Task.Run(() => RunAsync(locks[i % locks.Length], new Random(i)), Cancel)))
            .WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Cancel);

        _overlaps.ShouldBe(0);
        _acquired.ShouldBeGreaterThan(100);
        foreach (var one in locks)
        {
            one.KeysInUse.ShouldBe(0);
            await one.DisposeAsync();
        }

        store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Leases_that_keep_ending_in_the_middle_leave_no_key_stuck()
    {
        var store = new InMemoryLockStore();
        var options = new DistributedLockOptions { TimeToLive = TimeSpan.FromMilliseconds(10) };
        await using var locks = new DistributedLock(new InMemoryLockProvider(store, options), options);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => RunAsync(new Random(i)), Cancel)))
            .WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Cancel);

        for (var key = 0; key < 4; key++)
        {
            await using var handle = await locks.AcquireAsync($"key:{key}", new AcquireOptions { TimeToLive = TimeSpan.FromMinutes(1) }, Cancel);
            handle.IsHeld.ShouldBeTrue();
        }

        for (var i = 0; i < 500 && (locks.KeysInUse > 0 || store.Count > 0); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancel);
        }

        locks.KeysInUse.ShouldBe(0);
        store.Count.ShouldBe(0);

        async Task RunAsync(Random random)
        {
            while (TimeProvider.System.GetTimestamp() < _end)
            {
                try
                {
                    var auto = random.Next(2) == 0;
                    await using var handle = await locks.AcquireAsync(
                        $"key:{random.Next(4)}", new AcquireOptions { AutoRenew = auto, WaitTimeout = TimeSpan.FromSeconds(2) }, Cancel);
                    if (random.Next(3) == 0)
                    {
                        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(20)), TimeProvider.System, Cancel);
                    }
                }
                catch (Exception e) when (e is DistributedLockException or DistributedLockTimeoutException)
                {
                    // A grant that came too late, or a long queue.
                }
            }
        }
    }

    private async Task RunAsync(DistributedLock target, Random random)
    {
        while (TimeProvider.System.GetTimestamp() < _end)
        {
            var key = random.Next(Keys);
            using var cancellation = new CancellationTokenSource(
                random.Next(3) == 0 ? TimeSpan.FromMilliseconds(random.Next(5)) : TimeSpan.FromSeconds(30), TimeProvider.System);
            IDistributedLockHandle? handle;
            try
            {
                var wait = random.Next(3) switch { 0 => TimeSpan.Zero, 1 => TimeSpan.FromMilliseconds(random.Next(20)), _ => Timeout.InfiniteTimeSpan };
                handle = await target.TryAcquireAsync($"key:{key}", new AcquireOptions { WaitTimeout = wait }, cancellation.Token);
            }
            catch (OperationCanceledException)
            {
                continue;
            }

            if (handle is not null)
            {
                await HoldAsync(target, handle, key, random);
            }
        }
    }

    private async Task HoldAsync(DistributedLock target, IDistributedLockHandle handle, int key, Random random)
    {
        Interlocked.Increment(ref _acquired);
        if (Interlocked.Increment(ref _holders[key]) != 1 || handle.FencingToken <= _tokens[key])
        {
            Interlocked.Increment(ref _overlaps);
        }

        _tokens[key] = handle.FencingToken;
        if (random.Next(4) == 0)
        {
            await handle.ExtendAsync(cancellationToken: Cancel);
        }
        else if (random.Next(2) == 0)
        {
            await Task.Yield();
        }

        handle.IsHeld.ShouldBeTrue();
        Interlocked.Decrement(ref _holders[key]);
        if (random.Next(2) == 0)
        {
            (await handle.ReleaseAsync(Cancel)).ShouldBeTrue();
        }
        else
        {
            (await target.ReleaseAsync($"key:{key}", Cancel)).ShouldBeTrue();
        }

        await handle.DisposeAsync();
    }
}
