using System.Diagnostics;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Telemetry;

/// <summary>The trace of an acquisition.</summary>
public sealed class TraceTests : EngineTest
{
    private static readonly AcquireOptions Fixed = new() { TimeToLive = Seconds(30), AutoRenew = false };

    private readonly TelemetryListener _listener;

    public TraceTests()
    {
        Provider.Name = $"scripted-{Random.Shared.NextInt64()}";
        _listener = new TelemetryListener(Provider.Name);
    }

    private Activity Ended => _listener.Activities.ShouldHaveSingleItem();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_trace_of_an_acquisition_has_the_key_only_when_keys_are_revealed(bool revealKeys)
    {
        Options.RevealKeys = revealKeys;

        await using var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);

        Ended.OperationName.ShouldBe("distributed_lock.acquire");
        Ended.GetTagItem("distributed_lock.outcome").ShouldBe("acquired");
        Ended.GetTagItem("distributed_lock.fencing_token").ShouldBe(handle.FencingToken);
        Ended.GetTagItem("distributed_lock.key").ShouldBe(revealKeys ? Key : null);
        Ended.Status.ShouldBe(ActivityStatusCode.Unset);
        Ended.Source.Version.ShouldBe("0.1.0");
    }

    [Fact]
    public async Task A_polite_miss_is_no_error()
    {
        Provider.HoldElsewhere(Key);

        (await Locks.TryAcquireAsync(Key, Fixed, Cancel)).ShouldBeNull();

        Ended.GetTagItem("distributed_lock.outcome").ShouldBe("held_by_other");
        Ended.Status.ShouldBe(ActivityStatusCode.Unset);
        Ended.GetTagItem("error.type").ShouldBeNull();
    }

    [Fact]
    public async Task A_time_out_is_an_error_of_its_own_kind()
    {
        Provider.HoldElsewhere(Key);

        await Should.ThrowAsync<DistributedLockTimeoutException>(
            async () => await Locks.AcquireAsync(Key, Fixed with { WaitTimeout = TimeSpan.Zero }, Cancel));

        ShouldHaveFailed("timeout", typeof(DistributedLockTimeoutException));
        _listener.Of("distributed_lock.acquire.duration").ShouldHaveSingleItem().Outcome.ShouldBe("timeout");
    }

    [Fact]
    public async Task A_failure_of_the_store_is_an_error()
    {
        Provider.OnAcquire = (_, _) => throw new IOException("cut");

        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await Locks.TryAcquireAsync(Key, Fixed, Cancel));

        ShouldHaveFailed("unavailable", typeof(DistributedLockUnavailableException));
    }

    [Fact]
    public async Task A_cancellation_is_an_error()
    {
        Provider.HoldElsewhere(Key);
        using var cancellation = new CancellationTokenSource();
        var acquire = Locks.AcquireAsync(Key, Fixed with { WaitTimeout = Seconds(60) }, cancellation.Token).AsTask();

        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(acquire);

        Ended.GetTagItem("distributed_lock.outcome").ShouldBe("cancelled");
        Ended.Status.ShouldBe(ActivityStatusCode.Error);
    }

    [Fact]
    public async Task A_trace_ends_whatever_ends_the_acquisition()
    {
        Provider.HoldElsewhere(Key);

        await Should.ThrowAsync<NotSupportedException>(
            async () => await Locks.AcquireAsync(Key, Fixed with { Retry = new FaultyPolicy(), WaitTimeout = Seconds(1) }, Cancel));

        Ended.GetTagItem("error.type").ShouldBe(typeof(NotSupportedException).FullName);
        Locks.KeysInUse.ShouldBe(0);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_listener_to_traces_that_throws_fails_no_acquisition(bool atStart, bool atStop)
    {
        var caller = new Activity("caller").Start();
        using var faulty = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "DistributedLocking",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStarted = activity => Fail(atStart && activity.Parent == caller),
            ActivityStopped = activity => Fail(atStop && activity.Parent == caller),
        };
        ActivitySource.AddActivityListener(faulty);

        await using var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);

        handle.IsHeld.ShouldBeTrue();
        Logs.CountOf(19).ShouldBe(1);
        Activity.Current.ShouldBe(caller);
        caller.Stop();

        static void Fail(bool now)
        {
            if (now)
            {
                throw new InvalidOperationException("a listener's fault");
            }
        }
    }

    private void ShouldHaveFailed(string outcome, Type error)
    {
        Ended.GetTagItem("distributed_lock.outcome").ShouldBe(outcome);
        Ended.Status.ShouldBe(ActivityStatusCode.Error);
        Ended.GetTagItem("error.type").ShouldBe(error.FullName);
        Ended.Events.ShouldHaveSingleItem().Tags.ShouldContain(tag => tag.Key == "exception.type" && Equals(tag.Value, error.FullName));
    }

    private sealed class FaultyPolicy : RetryPolicy
    {
        public override TimeSpan? GetDelay(int retry) => throw new NotSupportedException();
    }
}
