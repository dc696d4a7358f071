using DistributedLocking.FaultTests.Stores;

namespace DistributedLocking.FaultTests.Soak;

/// <summary>Many callers of several locks, on many keys, in this process.</summary>
internal sealed class SoakLoad : IAsyncDisposable
{
    private const int Locks = 4;
    private const int CallersPerLock = 6;
    private const int Keys = 40;

    private readonly List<DistributedLock> _locks = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;
    private long _grants;
    private long _failures;

    internal SoakLoad(StoreUnderTest store, int seed)
    {
        for (var i = 0; i < Locks; i++)
        {
            var (provider, options) = store.Address.CreateProvider(TimeSpan.FromSeconds(1));
            options.Retry = RetryPolicy.Fixed(TimeSpan.FromMilliseconds(20), 100_000);
            _locks.Add(new DistributedLock(provider, options));
        }

        _work = Task.WhenAll(_locks.SelectMany((locks, i) =>
            Enumerable.Range(0, CallersPerLock).Select(j => Task.Run(() => CallAsync(locks, new Random(unchecked(seed + (i * 100) + j)))))));
    }

    /// <summary>How often a lock was granted.</summary>
    internal long Grants => Interlocked.Read(ref _grants);

    /// <summary>How many calls failed because the store did, or the lock was lost.</summary>
    internal long Failures => Interlocked.Read(ref _failures);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        foreach (var locks in _locks)
        {
            await locks.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task CallAsync(DistributedLock locks, Random random)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await TakeTurnAsync(locks, random);
            }
            catch (DistributedLockException)
            {
                Interlocked.Increment(ref _failures);
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
            catch (OperationCanceledException)
            {
                // The caller's own, or the end.
            }
        }
    }

    private async Task TakeTurnAsync(DistributedLock locks, Random random)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        if (random.Next(20) == 0)
        {
            cancellation.CancelAfter(TimeSpan.FromMilliseconds(random.Next(1, 100)));
        }

        var options = new AcquireOptions
        {
            TimeToLive = TimeSpan.FromMilliseconds(random.Next(1000, 3000)),
            WaitTimeout = TimeSpan.FromMilliseconds(random.Next(0, 1000)),
            AutoRenew = random.Next(4) != 0,
        };
        var handle = await locks.TryAcquireAsync($"soak-{random.Next(Keys)}", options, cancellation.Token);
        if (handle is null)
        {
            return;
        }

        Interlocked.Increment(ref _grants);
        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 30)), TimeProvider.System);
        if (random.Next(100) == 0)
        {
            // Forgotten, as happens: the collector finds it.
            return;
        }

        await using (handle)
        {
            if (random.Next(5) == 0)
            {
                await handle.ExtendAsync(cancellationToken: CancellationToken.None);
            }

            if (random.Next(2) == 0)
            {
                await handle.ReleaseAsync(CancellationToken.None);
            }
        }
    }
}
