using DistributedLocking.Providers;
using DistributedLocking.Telemetry;
using DistributedLocking.TestKit;
using DistributedLocking.Testing;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Telemetry;

/// <summary>
/// Loggers and listeners that block, on the system's clock: only there the engine has threads of its own.
/// </summary>
public sealed class BlockedReportTests : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly ScriptedProvider _provider = new(new ManualTimeProvider()) { Name = $"scripted-{Random.Shared.NextInt64()}" };
    private readonly RecordingLogger _logs = new();
    private readonly TelemetryListener _listener;
    private readonly DistributedLock _locks;
    private readonly ManualResetEventSlim _unblock = new();
    private readonly TaskCompletionSource _isBlocked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public BlockedReportTests()
    {
        _listener = new TelemetryListener(_provider.Name);
        _locks = new DistributedLock(_provider, new DistributedLockOptions(), _logs);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _unblock.Set();
        await _locks.DisposeAsync();
        _listener.Dispose();
    }

    [Fact]
    public async Task A_logger_that_blocks_at_a_loss_holds_up_no_other_loss()
    {
        _logs.OnEntry = id => BlockAt(id == 12);
        var first = await AcquireAsync("first", TimeSpan.FromMilliseconds(100));
        var second = await AcquireAsync("second", TimeSpan.FromMilliseconds(600));
        await using var renewed = await _locks.AcquireAsync("renewed", cancellationToken: Cancel);

        await LossOfAsync(first);
        await _isBlocked.Task.WaitAsync(Bound, TimeProvider.System, Cancel);
        await LossOfAsync(second);

        await renewed.ExtendAsync(cancellationToken: Cancel).AsTask().WaitAsync(Bound, TimeProvider.System, Cancel);
    }

    [Theory]
    [InlineData("distributed_lock.hold.duration")]
    [InlineData("distributed_lock.held")]
    [InlineData("distributed_lock.lost")]
    public async Task A_listener_that_blocks_at_a_loss_holds_up_no_other_loss(string instrument)
    {
        var first = await AcquireAsync("first", TimeSpan.FromMilliseconds(100));
        var second = await AcquireAsync("second", TimeSpan.FromMilliseconds(600));
        _listener.OnMeasurement = name => BlockAt(name == instrument);

        await LossOfAsync(first);
        await _isBlocked.Task.WaitAsync(Bound, TimeProvider.System, Cancel);
        await LossOfAsync(second);
    }

    [Fact]
    public async Task A_listener_that_blocks_at_a_renewal_holds_up_no_other()
    {
        _listener.OnMeasurement = name => BlockAt(name == "distributed_lock.renewals");
        await using var handle = await _locks.AcquireAsync("key", cancellationToken: Cancel);

        // More than the queue holds: what is counted is not dropped.
        var count = ReportQueue.Capacity + 10;
        for (var i = 0; i < count; i++)
        {
            await handle.ExtendAsync(cancellationToken: Cancel).AsTask().WaitAsync(Bound, TimeProvider.System, Cancel);
        }

        _listener.OnMeasurement = null;
        _unblock.Set();
        await EventuallyAsync(() => Math.Abs(_listener.SumOf("distributed_lock.renewals") - count) < 1);
    }

    [Fact]
    public async Task A_logger_that_blocks_at_a_failing_renewal_holds_up_no_other()
    {
        _logs.OnEntry = id => BlockAt(id == 13);
        _provider.OnRenew = (_, _) => throw new IOException("cut");
        await using var failing = await _locks.AcquireAsync("failing", cancellationToken: Cancel);
        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await failing.ExtendAsync(cancellationToken: Cancel));
        await _isBlocked.Task.WaitAsync(Bound, TimeProvider.System, Cancel);

        _provider.OnRenew = null;
        await using var next = await _locks.AcquireAsync("next", cancellationToken: Cancel);
        await next.ExtendAsync(cancellationToken: Cancel).AsTask().WaitAsync(Bound, TimeProvider.System, Cancel);
    }

    [Fact]
    public async Task A_shutdown_waits_for_a_blocked_logger_no_longer_than_its_bound()
    {
        _logs.OnEntry = id => BlockAt(id == 12);
        _ = await AcquireAsync("key", TimeSpan.FromMinutes(1));

        await _locks.DisposeAsync().AsTask().WaitAsync(Bound, TimeProvider.System, Cancel);

        _provider.IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_shutdown_tells_the_losses_before_it_ends()
    {
        _ = await AcquireAsync("key", TimeSpan.FromMinutes(1));

        await _locks.DisposeAsync();

        _logs.CountOf(12).ShouldBe(1);
        _listener.SumOf("distributed_lock.held").ShouldBe(0);
    }

    [Fact]
    public async Task A_providers_logger_neither_blocks_nor_throws()
    {
        var logger = LockProviderLogger.Create(_logs, "DistributedLocking.Tests");
        _logs.OnEntry = id => BlockAt(id == 4);
        Log.CleanUpFailed(logger, new IOException(), "first");
        await _isBlocked.Task.WaitAsync(Bound, TimeProvider.System, Cancel);
        _logs.OnEntry = _ => throw new InvalidOperationException("a logger's fault");
        Log.CleanUpFailed(logger, new IOException(), "second");

        _unblock.Set();

        await EventuallyAsync(() => _logs.CountOf(4) == 2);
    }

    private ValueTask<IDistributedLockHandle> AcquireAsync(string key, TimeSpan timeToLive) =>
        _locks.AcquireAsync(key, new AcquireOptions { TimeToLive = timeToLive, AutoRenew = false }, Cancel);

    private static async Task LossOfAsync(IDistributedLockHandle handle)
    {
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = handle.LostToken.Register(lost.SetResult);
        await lost.Task.WaitAsync(Bound, TimeProvider.System, Cancel);
    }

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(Bound);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancel);
        }
    }

    private void BlockAt(bool now)
    {
        if (now)
        {
            _isBlocked.TrySetResult();
            _unblock.Wait(CancellationToken.None);
        }
    }
}
