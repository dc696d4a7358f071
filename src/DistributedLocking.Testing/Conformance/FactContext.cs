using System.Globalization;
using System.Security.Cryptography;
using DistributedLocking.Providers;
using DistributedLocking.Testing.Conformance.Workers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedLocking.Testing.Conformance;

/// <summary>
/// What one run of a fact works with: keys of its own, and locks and processes that are cleaned up after it.
/// </summary>
internal sealed class FactContext : IAsyncDisposable
{
    /// <summary>
    /// Where no notification comes, a waiter looks this often. The waits of the facts have limits of their own.
    /// </summary>
    internal static readonly RetryPolicy Pace = RetryPolicy.Fixed(TimeSpan.FromMilliseconds(20), 100_000);

    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromSeconds(30);

    private readonly object _lock = new();
    private readonly List<IAsyncDisposable> _owned = [];
    private readonly string _run = Convert.ToHexString(RandomNumberGenerator.GetBytes(8));
    private int _keys;

    internal FactContext(ConformanceFact fact, ConformanceFixture fixture, CancellationToken cancellationToken)
    {
        Fixture = fixture;
        Token = cancellationToken;
        Key = $"{fact.Id}/{_run}";
    }

    internal ConformanceFixture Fixture { get; }

    /// <summary>Cancelled when the fact ends, also when it fails.</summary>
    internal CancellationToken Token { get; }

    /// <summary>A key that nobody else uses.</summary>
    internal string Key { get; }

    internal TimeSpan Lapsing => Fixture.LapsingTimeToLive;

    internal TimeSpan Renewed => Fixture.RenewedTimeToLive;

    internal TimeSpan Patience => Fixture.Patience;

    internal bool IsServerEnforced => Fixture.Capabilities.HasFlag(LockProviderCapabilities.ServerEnforcedLease);

    /// <summary>What makes a text unique to this run.</summary>
    internal string Run => _run;

    /// <summary>What the fact expects next.</summary>
    internal string Expectation { get; private set; } = "";

    internal string NewKey() => $"{Key}/{Interlocked.Increment(ref _keys).ToString(CultureInfo.InvariantCulture)}";

    internal async Task<DistributedLock> LockAsync(
        Func<ILockProvider, ILockProvider>? wrap = null, Action<DistributedLockOptions>? configure = null, ILoggerFactory? loggers = null)
    {
        var options = Options(configure);
        var provider = await Fixture.CreateProviderAsync(options, loggers ?? NullLoggerFactory.Instance, Token).ConfigureAwait(false);
        await ConnectAsync(provider).ConfigureAwait(false);
        return Own(new DistributedLock(wrap?.Invoke(provider) ?? provider, options, loggers));
    }

    internal async Task<(DistributedLock Locks, FaultyLockProvider Faults)> FaultyLockAsync(
        Action<DistributedLockOptions>? configure = null, ILoggerFactory? loggers = null)
    {
        FaultyLockProvider? faults = null;
        var locks = await LockAsync(provider => faults = new FaultyLockProvider(provider), configure, loggers).ConfigureAwait(false);
        return (locks, faults!);
    }

    /// <summary>A provider without an engine around it.</summary>
    internal async Task<ILockProvider> ProviderAsync() =>
        Own(await Fixture.CreateProviderAsync(Options(null), NullLoggerFactory.Instance, Token).ConfigureAwait(false));

    internal async Task<LockWorkerProcess> WorkerAsync()
    {
        var worker = Own(LockWorkerProcess.Start(await Fixture.GetWorkerAsync(Token).ConfigureAwait(false)));
        await worker.PingAsync(Token).WaitAsync(CleanUpLimit, TimeProvider.System, Token).ConfigureAwait(false);
        return worker;
    }

    internal T Own<T>(T resource)
        where T : IAsyncDisposable
    {
        lock (_lock)
        {
            _owned.Add(resource);
        }

        return resource;
    }

    internal Task PassAsync(TimeSpan time) => Task.Delay(time, TimeProvider.System, Token);

    internal Task UntilAsync(Func<bool> condition, string expectation) => UntilAsync(() => Task.FromResult(condition()), expectation);

    internal async Task UntilAsync(Func<Task<bool>> condition, string expectation)
    {
        Expectation = expectation;
        var start = Stopwatch.Start();
        while (!await condition().ConfigureAwait(false))
        {
            Expect.True(start.Elapsed < Patience, $"{expectation} It did not within {Patience}.");
            await PassAsync(TimeSpan.FromMilliseconds(5)).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for the key, and fails when it does not become free.</summary>
    internal async Task<IDistributedLockHandle> EventuallyAsync(IDistributedLock locks, string key, string expectation, AcquireOptions? options = null)
    {
        Expectation = expectation;
        try
        {
            return await locks.AcquireAsync(key, (options ?? Leases.Long) with { WaitTimeout = Patience }, Token).ConfigureAwait(false);
        }
        catch (DistributedLockTimeoutException e)
        {
            throw new ConformanceException($"{expectation} It did not within {Patience}.", e);
        }
    }

    /// <summary>Takes a key that must be free now.</summary>
    internal async Task<IDistributedLockHandle> AtOnceAsync(IDistributedLock locks, string key, string expectation, AcquireOptions? options = null)
    {
        Expectation = expectation;
        try
        {
            return Expect.NotNull(await locks.TryAcquireAsync(key, options ?? Leases.Long, Token).ConfigureAwait(false), expectation);
        }
        catch (DistributedLockUnavailableException) when (options?.TimeToLive <= Lapsing)
        {
            // On a busy machine so short a lease may be over before its grant arrives.
            return await EventuallyAsync(locks, key, expectation, options).ConfigureAwait(false);
        }
    }

    internal async Task RefusedAsync(IDistributedLock locks, string key, string expectation) =>
        Expect.Null(await locks.TryAcquireAsync(key, Leases.Long, Token).ConfigureAwait(false), expectation);

    /// <summary>
    /// Takes the lock away from its holder, as a store that lost the record does: the holder is not told.
    /// </summary>
    internal async Task TakeAwayAsync(FaultyLockProvider faults, IDistributedLockHandle handle)
    {
        // Through the holder's own provider: a connection's lock can't be freed from outside.
        var released = await faults.Inner.ReleaseAsync(new LeaseReference(handle.Key, handle.OwnerId), Token).ConfigureAwait(false);
        Expect.True(released, "The provider should release a lease that its owner holds.");
    }

    /// <summary>
    /// Makes an owner hold the key that lives in no engine, so that nothing but its time to live ends it.
    /// </summary>
    internal async Task HoldDeadAsync(ILockProvider provider, LockMode mode, int limit)
    {
        var request = new AcquireRequest { Key = Key, OwnerId = $"dead-{_run}", TimeToLive = Lapsing, Mode = mode, Limit = limit };
        Expect.True((await provider.TryAcquireAsync(request, Token).ConfigureAwait(false)).IsGranted, "A free key should be granted.");
    }

    /// <summary>Fails when an operation takes longer than a bound.</summary>
    internal async Task<T> WithinAsync<T>(TimeSpan bound, Task<T> operation, string expectation)
    {
        Expectation = expectation;
        await Task.WhenAny(operation, PassAsync(bound)).ConfigureAwait(false);
        Expect.True(operation.IsCompleted, $"{expectation} It did not within {bound}.");
        return await operation.ConfigureAwait(false);
    }

    internal Task WithinAsync(TimeSpan bound, Task operation, string expectation)
    {
        return WithinAsync(bound, CompletedAsync(), expectation);

        async Task<bool> CompletedAsync()
        {
            await operation.ConfigureAwait(false);
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        IAsyncDisposable[] owned;
        lock (_lock)
        {
            owned = [.. _owned];
        }

        // The newest first, so that faults are still in force while the locks that they belong to end.
        for (var i = owned.Length - 1; i >= 0; i--)
        {
            var resource = owned[i];
            try
            {
                await resource.DisposeAsync().AsTask().WaitAsync(CleanUpLimit, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
            }
            catch (TimeoutException e)
            {
                throw new ConformanceException($"Disposing {resource} did not end within {CleanUpLimit}.", e);
            }
        }
    }

    /// <summary>
    /// Makes the provider's first connections, which may take longer than a fact's short leases and waits last.
    /// </summary>
    private async Task ConnectAsync(ILockProvider provider)
    {
        var request = new AcquireRequest { Key = NewKey(), OwnerId = _run, TimeToLive = Leases.Far };
        try
        {
            await provider.TryAcquireAsync(request, Token).ConfigureAwait(false);
            if (await provider.WatchAsync(request, Token).ConfigureAwait(false) is { } watch)
            {
                await watch.DisposeAsync().ConfigureAwait(false);
            }

            await provider.ReleaseAsync(new LeaseReference(request.Key, request.OwnerId), Token).ConfigureAwait(false);
        }
        catch (Exception) when (!Token.IsCancellationRequested)
        {
            // The fact meets the same failure where it can say what it means.
        }
    }

    private DistributedLockOptions Options(Action<DistributedLockOptions>? configure)
    {
        var options = Fixture.CreateOptions();
        options.TimeToLive = Leases.Far;
        options.Retry = Pace;
        configure?.Invoke(options);
        return options;
    }
}
