using System.Collections.Concurrent;
using DistributedLocking.Engine.Time;
using DistributedLocking.Testing;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Engine;

/// <summary>Alarms whose thread or timer the system refuses.</summary>
public sealed class ThreadAlarmTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Clock _clock = new(TimeProvider.System);
    private readonly SemaphoreSlim _calls = new(0);
    private readonly ConcurrentQueue<bool> _onOwnThread = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _calls.Dispose();

    [Fact]
    public async Task A_thread_that_was_refused_once_does_not_silence_the_alarm()
    {
        var refusals = 1;
        using var alarm = New(() => refusals-- > 0);

        alarm.Set(Soon());
        await CalledAsync();
        alarm.Ring();
        await CalledAsync();

        _onOwnThread.Last().ShouldBeTrue();
    }

    [Fact]
    public async Task While_threads_are_refused_the_pool_has_to_do()
    {
        using var alarm = New(() => true);
        for (var i = 0; i < 3; i++)
        {
            alarm.Set(Soon());
            await CalledAsync();
        }

        _onOwnThread.ShouldAllBe(own => !own);
    }

    [Fact]
    public async Task An_earlier_time_counts_while_the_thread_is_refused()
    {
        using var alarm = New(() => true);
        alarm.Set(_clock.After(_clock.Now, TimeSpan.FromHours(1)));

        alarm.Ring();

        await CalledAsync();
    }

    [Fact]
    public async Task A_lock_that_cannot_be_watched_is_nobodys()
    {
        var time = new BrokenTimers();
        var provider = new ScriptedProvider(new ManualTimeProvider());
        await using var locks = new DistributedLock(provider, new DistributedLockOptions(), null, time);
        time.AreBroken = true;

        await Should.ThrowAsync<NotSupportedException>(async () => await locks.TryAcquireAsync("key", cancellationToken: Cancel));
        time.AreBroken = false;

        locks.KeysInUse.ShouldBe(0);
        provider.Store.Count.ShouldBe(0);
        await using var handle = await locks.TryAcquireAsync("key", cancellationToken: Cancel);
        handle.ShouldNotBeNull().IsHeld.ShouldBeTrue();
        time.Fire();
        provider.Renewals.ShouldNotBeEmpty();
    }

    private long Soon() => _clock.After(_clock.Now, TimeSpan.FromMilliseconds(5));

    private ThreadAlarm New(Func<bool> isRefused) => new(
        _clock,
        () =>
        {
            _onOwnThread.Enqueue(!Thread.CurrentThread.IsThreadPoolThread);
            _calls.Release();
        },
        run =>
        {
            if (isRefused())
            {
                throw new NotSupportedException("no more threads");
            }

            new Thread(run) { IsBackground = true }.Start();
        });

    private async Task CalledAsync() => (await _calls.WaitAsync(Patience, Cancel)).ShouldBeTrue();

    /// <summary>A clock whose timers can't be set for a while, and are fired by hand.</summary>
    private sealed class BrokenTimers : TimeProvider
    {
        private readonly List<(TimerCallback Callback, object? State)> _timers = [];
        private long _now;

        internal bool AreBroken { get; set; }

        public override long GetTimestamp() => _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _timers.Add((callback, state));
            return new Timer(this);
        }

        internal void Fire()
        {
            _now += TimeSpan.FromSeconds(20).Ticks;
            _timers.ForEach(timer => timer.Callback(timer.State));
        }

        private sealed class Timer(BrokenTimers owner) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => owner.AreBroken ? throw new NotSupportedException("no more timers") : true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
