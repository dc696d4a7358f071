using System.Collections.Concurrent;
using DistributedLocking.FaultTests.Stores;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Proxy;
using DistributedLocking.Testing;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.FaultTests.Outages;

public sealed class RedisAwayTests() : StoreAwayTests(StoreKind.Redis);

public sealed class PostgreSqlRowLockAwayTests() : StoreAwayTests(StoreKind.PostgreSqlRowLock);

public sealed class PostgreSqlLeaseAwayTests() : StoreAwayTests(StoreKind.PostgreSqlLease);

public sealed class MySqlRowLockAwayTests() : StoreAwayTests(StoreKind.MySqlRowLock);

public sealed class MySqlLeaseAwayTests() : StoreAwayTests(StoreKind.MySqlLease);

public sealed class EtcdAwayTests() : StoreAwayTests(StoreKind.Etcd);

/// <summary>An outage, seen by an application that lives through it.</summary>
public abstract class StoreAwayTests(StoreKind kind) : IAsyncLifetime
{
    private const int RenewalsFail = 13;
    private const int RenewalsWork = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly AcquireOptions Once = new() { WaitTimeout = TimeSpan.Zero };

    private readonly RecordingLogger _log = new();
    private readonly ConcurrentQueue<string> _unobserved = new();
    private StoreUnderTest _store = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        TaskScheduler.UnobservedTaskException += OnUnobserved;
        _store = await StoreUnderTest.StartAsync(kind);
    }

    public ValueTask DisposeAsync()
    {
        TaskScheduler.UnobservedTaskException -= OnUnobserved;
        GC.SuppressFinalize(this);
        return _store.DisposeAsync();
    }

    [Fact]
    public Task A_server_that_was_killed() => LivesThroughAsync(_store.KillAsync, _store.RestartAsync);

    [Fact]
    public Task A_network_that_is_silent()
    {
        IDisposable? fault = null;
        return LivesThroughAsync(
            () =>
            {
                fault = _store.Proxy!.Swallow(Direction.Both);
                return Task.CompletedTask;
            },
            () =>
            {
                fault!.Dispose();
                return Task.CompletedTask;
            });
    }

    /// <summary>
    /// Drivers take seconds to find out that a server is silent, and would do so for one call after the other.
    /// </summary>
    [Fact]
    public async Task A_shutdown_is_bounded_while_the_server_is_frozen()
    {
        const int Many = 15;
        var locks = NewLock(out _, TimeSpan.FromMinutes(1));
        for (var i = 0; i < Many; i++)
        {
            (await locks.AcquireAsync($"key-{i}", cancellationToken: Cancel)).IsHeld.ShouldBeTrue();
        }

        _store.Freeze();
        try
        {
            var start = TimeProvider.System.GetTimestamp();
            await locks.DisposeAsync().AsTask().WaitAsync(Patience, TimeProvider.System, Cancel);
            TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(25), "five seconds, and what a busy machine adds");
        }
        finally
        {
            _store.Thaw();
        }
    }

    private async Task LivesThroughAsync(Func<Task> begin, Func<Task> end)
    {
        FaultyLockProvider calls;
        await using (var locks = NewLock(out calls))
        {
            await using var kept = await locks.AcquireAsync("kept", cancellationToken: Cancel);
            var disposed = await locks.AcquireAsync("disposed", cancellationToken: Cancel);

            var failures = _log.CountOf(RenewalsFail);
            var warnings = Warnings.Count;
            await begin();
            await UnavailableAsync(locks.TryAcquireAsync("other", Once, Cancel).AsTask());
            await UnavailableAsync(locks.AcquireAsync("other", Once with { WaitTimeout = TimeSpan.FromMilliseconds(700) }, Cancel).AsTask());
            await disposed.DisposeAsync().AsTask().WaitAsync(Patience, TimeProvider.System, Cancel);
            if (!_store.ForgetsWhenCut)
            {
                // A row lock that lost its connection is lost at once; the others fail on.
                var sent = calls.CountCalls(ProviderOperations.Renew);
                await UntilAsync(() => calls.CountCalls(ProviderOperations.Renew) >= sent + 4);

                // Twice only if a busy machine had let one fail before, and what was on its way then went through.
                await UntilAsync(() => _log.CountOf(RenewalsFail) - _log.CountOf(RenewalsWork) == 1);
                (_log.CountOf(RenewalsFail) - failures).ShouldBeLessThanOrEqualTo(2, string.Join(Environment.NewLine, Warnings));
            }

            (Warnings.Count - warnings).ShouldBeLessThanOrEqualTo(10, string.Join(Environment.NewLine, Warnings));
            await end();

            // Nothing is made anew: the same lock works again.
            await using var after = await locks.AcquireAsync("other", Once with { WaitTimeout = Patience }, Cancel);
            after.IsHeld.ShouldBeTrue();
            await UntilAsync(() => !kept.IsHeld || _log.CountOf(RenewalsWork) > 0 || _log.CountOf(RenewalsFail) == 0);
            await UntilFreeAsync("disposed");
        }

        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        _unobserved.ShouldBeEmpty();
    }

    private static async Task UnavailableAsync(Task acquire) =>
        await Should.ThrowAsync<DistributedLockUnavailableException>(() => acquire.WaitAsync(Patience, TimeProvider.System, Cancel));

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        bound.CancelAfter(Patience);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, bound.Token);
        }
    }

    // The release that nobody could confirm goes on in the background.
    private async Task UntilFreeAsync(string key)
    {
        await using var others = _store.NewLock(isDirect: true);
        await using var handle = await others.AcquireAsync(key, Once with { WaitTimeout = Patience }, Cancel);
        handle.IsHeld.ShouldBeTrue();
    }

    private DistributedLock NewLock(out FaultyLockProvider calls, TimeSpan? commandTimeout = null)
    {
        var (provider, options) = _store.Address.CreateProvider(commandTimeout ?? TimeSpan.FromSeconds(1), _log);
        options.TimeToLive = TimeSpan.FromMinutes(5);
        options.RenewalInterval = TimeSpan.FromMilliseconds(100);
        options.Retry = RetryPolicy.Fixed(TimeSpan.FromMilliseconds(100), 100_000);
        calls = new FaultyLockProvider(provider);
        return new DistributedLock(calls, options, _log);
    }

    private List<LogEntry> Warnings => [.. _log.Entries.Where(entry => entry.Level >= LogLevel.Warning)];

    // Tasks of the drivers and of other tests are theirs to observe.
    private void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs e)
    {
        var text = e.Exception.ToString();
        if (text.Contains("at DistributedLocking.", StringComparison.Ordinal)
            && !text.Contains("at DistributedLocking.FaultTests.", StringComparison.Ordinal)
            && !text.Contains("at DistributedLocking.TestKit.", StringComparison.Ordinal))
        {
            _unobserved.Enqueue(text);
        }
    }
}
