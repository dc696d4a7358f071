using DistributedLocking.Engine.Acquiring;
using DistributedLocking.Engine.CleanUp;
using DistributedLocking.Engine.Gates;
using DistributedLocking.Engine.Handles;
using DistributedLocking.Engine.Leases;
using DistributedLocking.Engine.Plans;
using DistributedLocking.Engine.Renewals;
using DistributedLocking.Engine.Time;
using DistributedLocking.Providers;
using DistributedLocking.Telemetry;

namespace DistributedLocking.Engine;

/// <summary>
/// Puts the parts together, turns what came of an acquisition into what its caller is told, and ends all of it in
/// order. It knows no store: <see cref="ILockProvider"/> is the only way out of the process.
/// </summary>
/// <remarks>
/// <para><em>Threads.</em> Callers' calls run on their own threads. While a lease is held, the lease clock has a thread
/// that sets leases to renew and ends what is past its deadline, and renewals have one that sends them, which a
/// provider may block; a starved thread pool delays neither. Clean-ups, logs of these threads and callbacks of lost
/// tokens run on the thread pool.</para>
/// <para><em>Order of locks.</em> Keeper before gate, keeper before alarm. The renewals' queue, the clean-up's schedule
/// and the renewal outage have locks of their own, under which the keeper's alone is taken. No code of users, no store
/// and no logger is called under any of them.</para>
/// </remarks>
internal sealed class LockEngine : IAsyncDisposable
{
    /// <summary>
    /// The longest that a disposal takes, whatever the store, its driver and the callbacks of others do.
    /// </summary>
    internal static readonly TimeSpan LongestShutdown = TimeSpan.FromSeconds(5);

    /// <summary>What is left of that for the provider's own disposal.</summary>
    private static readonly TimeSpan ProviderShare = TimeSpan.FromSeconds(1);

    /// <summary>How long a shutdown waits for a logger that blocks.</summary>
    private static readonly TimeSpan FlushBound = TimeSpan.FromSeconds(1);

    private readonly ILockProvider _provider;
    private readonly Clock _clock;
    private readonly LockReporter _reporter;
    private readonly GatesByMode _gates = new();
    private readonly OrphanCleaner _cleaner;
    private readonly LeaseKeeper _keeper;
    private readonly LeaseRenewer _renewer;
    private readonly LeaseOperations _leases;
    private readonly Acquirer _acquirer;
    private readonly CallsInFlight _calls;
    private readonly CancellationTokenSource _stopping = new();
    private int _disposed;

    internal LockEngine(ILockProvider provider, DistributedLockOptions options, SafeLogger logger, TimeProvider time)
    {
        _provider = provider;
        _clock = new Clock(time);
        _calls = new CallsInFlight(_clock);
        _reporter = new LockReporter(
            logger, new LockTelemetry(provider.Name, options.Name), _clock, new KeyName(options.KeyPrefix, options.RevealKeys));
        _cleaner = new OrphanCleaner(provider, _clock, _reporter);
        _keeper = new LeaseKeeper(_clock, _cleaner, _reporter, leases => _renewer!.Enqueue(leases));
        _renewer = new LeaseRenewer(provider, _clock, _keeper, _reporter);
        var handOver = new LeaseHandOver(_keeper, _clock, options.HandOverTime);
        _leases = new LeaseOperations(provider, _clock, _keeper, _renewer, handOver, _cleaner, _calls, _reporter);
        var attempt = new StoreAttempt(provider, _clock, _keeper, _renewer, handOver, _cleaner, _reporter);
        var loop = new AcquisitionLoop(provider, _clock, attempt, _cleaner, _reporter);
        _acquirer = new Acquirer(_gates, _leases, attempt, loop, _clock, _reporter, _stopping.Token);
    }

    /// <summary>How many keys have a gate now.</summary>
    internal int KeysInUse => _gates.Count;

    /// <summary>
    /// Acquires as planned. When somebody else held the lock for the whole budget, returns null or throws, as planned.
    /// </summary>
    /// <remarks>
    /// Callers get its task as it is: it is not pooled, so that code that awaits it twice by mistake meets no other
    /// caller's result.
    /// </remarks>
    internal async ValueTask<IDistributedLockHandle?> AcquireAsync(string key, AcquirePlan plan, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Counted before it looks whether the lock stops, so that either sees the other.
        _calls.Begin();
        try
        {
            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, typeof(DistributedLock));
            var activity = _reporter.StartAcquire();
            var start = _clock.Now;
            AcquisitionResult result;
            try
            {
                result = await _acquirer.AcquireAsync(key, plan, _clock.After(start, plan.Budget), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                var isCancelled = e is OperationCanceledException or ObjectDisposedException;
                _reporter.Threw(activity, key, _clock.Since(start), e, isCancelled);
                if (isCancelled)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, typeof(DistributedLock));
                }

                throw;
            }

            if (result.Lease is { } lease)
            {
                _reporter.Acquired(activity, lease, _clock.Since(start));
                return new LockHandle(_leases, lease);
            }

            if (result.Failure is { } failure)
            {
                _reporter.Unavailable(activity, key, _clock.Since(start), failure);
                throw failure;
            }

            var waited = _clock.Since(start);
            var holder = _gates[plan.Mode].Find(key) is { IsHeldHere: true } ? "it is held by this process" : "somebody else held it";
            var timeout = plan.ThrowIfHeld ? TimedOut(key, waited, holder) : null;
            _reporter.NotAcquired(activity, key, waited, holder, timeout);
            return timeout is null ? null : throw timeout;
        }
        finally
        {
            _calls.End();
        }
    }

    /// <summary>Releases the oldest unreleased acquisition of the key, of the exclusive lock.</summary>
    internal ValueTask<bool> ReleaseAsync(string key, CancellationToken cancellationToken)
    {
        if (_gates.Exclusive.Find(key)?.OldestRecord() is { } lease)
        {
            var wasLost = !_keeper.IsHeld(lease);
            if (!wasLost)
            {
                return _leases.ReleaseAsync(lease, cancellationToken);
            }

            _keeper.Forget(lease);
        }

        _reporter.NothingToRelease(key);
        return ValueTask.FromResult(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        var end = _clock.After(_clock.Now, LongestShutdown);
        var cleanEnd = _clock.After(_clock.Now, LongestShutdown - ProviderShare);
        _stopping.CancelInBackground();
        foreach (var lease in _keeper.Stop())
        {
            _keeper.End(lease, LossReason.Shutdown);
        }

        // What a call leaves behind must reach the cleaner before that finishes.
        await _calls.WhenNoneAsync(_clock.Until(cleanEnd)).ConfigureAwait(false);
        await _cleaner.FinishAsync(_clock.Until(cleanEnd)).ConfigureAwait(false);
        _keeper.Dispose();
        _renewer.Dispose();
        try
        {
            // Elsewhere: a driver may block its caller.
            var disposal = _clock.IsSystem ? Task.Run(() => _provider.DisposeAsync().AsTask()) : _provider.DisposeAsync().AsTask();
            disposal.Observe();
            await disposal.WaitAsync(_clock.Until(end), _clock.Time).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _reporter.DisposeFailed(e);
        }

        var left = _clock.Until(end);
        await _reporter.FlushAsync(left < FlushBound ? left : FlushBound).ConfigureAwait(false);
    }

    private DistributedLockTimeoutException TimedOut(string key, TimeSpan waited, string holder) =>
        new($"The lock {_reporter.Name(key)} was not acquired within {waited}: {holder}.")
        {
            Key = key,
            Waited = waited,
        };
}
