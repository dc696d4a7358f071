using DistributedLocking.FaultTests.Histories;
using DistributedLocking.FaultTests.Resources;
using DistributedLocking.Providers;
using DistributedLocking.TestKit;

namespace DistributedLocking.FaultTests.Workers;

/// <summary>
/// The worker process: turn by turn it takes a lock, counts a number up under it, and gives the lock back, whatever
/// happens.
/// </summary>
internal sealed class Worker : IAsyncDisposable
{
    private readonly WorkerPlan _plan;
    private readonly Random _random;
    private readonly HistoryWriter _history;
    private readonly ICounter _counter;
    private readonly DistributedLock _locks;
    private readonly LockProviderCapabilities _can;

    private Worker(WorkerPlan plan)
    {
        _plan = plan;
        _random = new Random(plan.Seed);
        _history = new HistoryWriter(plan.HistoryDirectory, plan.Name);
        _counter = plan.Store.CreateCounter();
        var (provider, options) = plan.Store.CreateProvider(plan.CommandTimeout);
        options.Retry = RetryPolicy.Fixed(TimeSpan.FromMilliseconds(20), 100_000);
        _can = provider.Capabilities;
        _locks = new DistributedLock(provider, options);
    }

    /// <summary>Works until the standard input ends, as it does when the parent process ends.</summary>
    internal static async Task<int> RunAsync(string argument)
    {
        using var stop = new CancellationTokenSource();
        await using var worker = new Worker(WorkerPlan.Parse(argument));
        await Console.Out.WriteLineAsync(WorkerProcess.Ready);
        var end = Task.Run(async () =>
        {
            await Console.OpenStandardInput().CopyToAsync(Stream.Null, CancellationToken.None);
            await stop.CancelAsync();
        });
        for (var attempt = 1; !stop.IsCancellationRequested; attempt++)
        {
            try
            {
                await worker.TakeTurnAsync(attempt, stop.Token);
            }
            catch (Exception e) when (IsExpected(e))
            {
                await PauseAsync(TimeSpan.FromMilliseconds(30));
            }
        }

        await end;
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        await _locks.DisposeAsync();
        await _counter.DisposeAsync();
        _history.Dispose();
    }

    // What the faults are expected to cause. Anything else ends the process, and the run with it.
    private static bool IsExpected(Exception e) =>
        e is DistributedLockException or OperationCanceledException or TimeoutException or StackExchange.Redis.RedisException

            // The driver lets out some of its socket's exceptions as they are.
            or System.Data.Common.DbException or System.Net.Sockets.SocketException or IOException;

    private async Task TakeTurnAsync(int attempt, CancellationToken stop)
    {
        var key = _plan.Keys[_random.Next(_plan.Keys.Count)];
        if (!_plan.UsesLock)
        {
            await CountAsync(hold: null, attempt, key, stop);
            return;
        }

        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (_plan.Varies && Happens(10))
        {
            cancellation.CancelAfter(TimeSpan.FromMilliseconds(_random.Next(1, 300)));
        }

        var options = new AcquireOptions
        {
            TimeToLive = Between(_plan.ShortestTimeToLive, _plan.LongestTimeToLive),
            WaitTimeout = !_plan.Varies ? TimeSpan.FromSeconds(10) : Happens(20) ? TimeSpan.Zero : Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2)),
            AutoRenew = !_plan.Varies || Happens(60),
        };
        if (_plan.SharesToo && Happens(50) && await TryShareAsync(attempt, key, options, stop, cancellation.Token))
        {
            return;
        }

        var hold = await RecordedHold.AcquireAsync(_locks, _history, attempt, key, options, cancellation.Token);
        if (hold is null)
        {
            await PauseAsync(TimeSpan.FromMilliseconds(5));
            return;
        }

        try
        {
            await CountAsync(hold, attempt, key, stop);
            if (_plan.Varies && Happens(30))
            {
                await hold.LookForAsync(Between(TimeSpan.Zero, _plan.LongestThought), stop);
            }
        }
        finally
        {
            await GiveBackAsync(hold);
        }
    }

    /// <summary>
    /// Holds a reader-writer lock or a semaphore for a while. They protect nothing here: the checker looks at who holds
    /// them beside whom. False when the store has none.
    /// </summary>
    private async Task<bool> TryShareAsync(int attempt, string key, AcquireOptions options, CancellationToken stop, CancellationToken cancellationToken)
    {
        if (!_can.HasFlag(LockProviderCapabilities.Shared | LockProviderCapabilities.Counted))
        {
            return false;
        }

        IDistributedSemaphore semaphore = _locks;
        (string Name, int Limit, Func<ValueTask<IDistributedLockHandle?>> Acquire)[] ways =
        [
            ("rw:" + key, int.MaxValue, () => _locks.TryAcquireReadLockAsync(key, options, cancellationToken)),
            ("rw:" + key, 1, () => _locks.TryAcquireWriteLockAsync(key, options, cancellationToken)),
            ("permits:" + key, WorkerPlan.MostPermits, () => semaphore.TryAcquireAsync(key, WorkerPlan.MostPermits, options, cancellationToken)),
        ];
        var (name, limit, acquire) = ways[_random.Next(ways.Length)];
        if (await RecordedHold.AcquireAsync(acquire, _history, attempt, name, limit) is { } hold)
        {
            await using (hold)
            {
                await hold.LookForAsync(Between(TimeSpan.Zero, _plan.LongestThought), stop);
                if (Happens(50))
                {
                    await hold.ReleaseAsync();
                }
            }
        }

        return true;
    }

    private async Task GiveBackAsync(RecordedHold hold)
    {
        await using (hold)
        {
            if (Happens(50))
            {
                await hold.ReleaseAsync();
            }
        }
    }

    private async Task CountAsync(RecordedHold? hold, int attempt, string key, CancellationToken stop)
    {
        var token = _plan.UsesGuard ? hold!.Handle.FencingToken : (long?)null;
        var number = await _counter.ReadAsync(key, token, stop) + 1;
        var thought = Between(TimeSpan.Zero, _plan.LongestThought);
        var stopsAt = Happens(_plan.StopsInHundred) ? thought * _random.NextDouble() : TimeSpan.MaxValue;
        await ThinkAsync(hold, thought * 0.9, stopsAt, stop);
        if (hold is not null && _plan.Varies && Happens(20))
        {
            await hold.ExtendAsync(Between(_plan.ShortestTimeToLive, _plan.LongestTimeToLive), stop);
            hold.Look();
        }

        if (_plan.Looks && hold?.Look() == false)
        {
            return;
        }

        // From the look to the store a write takes its time, too.
        await ThinkAsync(hold, thought * 0.1, stopsAt - (thought * 0.9), stop);
        _history.Write(attempt, HistoryKind.Writing, key, number);
        try
        {
            await _counter.WriteAsync(key, number, token, CancellationToken.None);
            _history.Write(attempt, HistoryKind.Written, key, number);
        }
        catch (StaleFencingTokenException)
        {
            _history.Write(attempt, HistoryKind.Refused, key, number);
        }
    }

    private static async Task ThinkAsync(RecordedHold? hold, TimeSpan time, TimeSpan stopsAt, CancellationToken stop)
    {
        var before = stopsAt < TimeSpan.Zero || stopsAt > time ? time : stopsAt;
        await PassAsync(before);
        if (before == stopsAt)
        {
            UnixSignal.StopSelf();
            await PassAsync(time - before);
        }

        Task PassAsync(TimeSpan part) => hold?.LookForAsync(part, stop) ?? PauseAsync(part);
    }

    private static async Task PauseAsync(TimeSpan time) => await Task.Delay(time, TimeProvider.System, CancellationToken.None);

    private bool Happens(int inHundred) => _random.Next(100) < inHundred;

    private TimeSpan Between(TimeSpan shortest, TimeSpan longest) => shortest + ((longest - shortest) * _random.NextDouble());
}
