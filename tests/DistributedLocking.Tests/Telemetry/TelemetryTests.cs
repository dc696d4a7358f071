using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using DistributedLocking.Tests.Doubles;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Tests.Telemetry;

/// <summary>Logs, metrics and traces, and guarantee 12: nothing secret leaks.</summary>
public sealed class TelemetryTests : EngineTest
{
    private static readonly AcquireOptions Fixed = new() { TimeToLive = Seconds(30), AutoRenew = false };

    private readonly string _provider = $"scripted-{Random.Shared.NextInt64()}";

    public TelemetryTests() => Provider.Name = _provider;

    [Fact]
    public async Task Measurements_have_their_names_units_and_tags()
    {
        using var listener = new MeterListener();
        var seen = new ConcurrentQueue<(string Name, string? Unit, double Value, string? Outcome)>();
        listener.InstrumentPublished = (instrument, target) =>
        {
            if (instrument.Meter.Name == "DistributedLocking")
            {
                target.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.Start();

        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        var waiter = Locks.TryAcquireAsync(Key, Fixed with { WaitTimeout = Seconds(2) }, Cancel).AsTask();
        Time.Advance(Seconds(2));
        (await waiter).ShouldBeNull();
        await handle.ExtendAsync(cancellationToken: Cancel);
        await handle.ReleaseAsync(Cancel);
        await Locks.AcquireAsync(Key, Fixed, Cancel);
        Time.Advance(Seconds(30));

        Of("distributed_lock.acquire.duration").ShouldBe([("s", 0, "acquired"), ("s", 2, "held_by_other"), ("s", 0, "acquired")]);
        Of("distributed_lock.hold.duration").Select(item => item.Unit).ShouldBe(["s", "s"]);
        Of("distributed_lock.held").ShouldBe([("{lock}", 1, null), ("{lock}", -1, null), ("{lock}", 1, null), ("{lock}", -1, null)]);
        Of("distributed_lock.waiting").ShouldBe([("{caller}", 1, null), ("{caller}", -1, null)]);
        Of("distributed_lock.lost").ShouldBe([("{lock}", 1, null)]);
        Of("distributed_lock.renewals").ShouldBe([("{renewal}", 1, "renewed")]);

        void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var all = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value as string, StringComparer.Ordinal);
            if (all["distributed_lock.provider"] == _provider)
            {
                all.Values.ShouldAllBe(value => value != Key);
                seen.Enqueue((instrument.Name, instrument.Unit, value, all.GetValueOrDefault("distributed_lock.outcome")));
            }
        }

        IEnumerable<(string? Unit, double Value, string? Outcome)> Of(string name) =>
            seen.Where(item => item.Name == name).Select(item => (item.Unit, item.Value, item.Outcome));
    }

    [Fact]
    public async Task A_listener_that_throws_costs_nobody_a_lock()
    {
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, target) =>
        {
            if (instrument.Meter.Name == "DistributedLocking")
            {
                target.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => Fail(tags));
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => Fail(tags));
        listener.Start();

        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        await handle.ExtendAsync(cancellationToken: Cancel);
        var next = Locks.AcquireAsync(Key, Fixed with { WaitTimeout = Seconds(60) }, Cancel).AsTask();
        Time.Advance(Seconds(30));
        await (await next).ReleaseAsync(Cancel);

        handle.LostToken.IsCancellationRequested.ShouldBeTrue();
        Provider.Store.Count.ShouldBe(0);
        Logs.CountOf(19).ShouldBeGreaterThan(5);

        void Fail(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
            {
                if (tag.Value as string == _provider)
                {
                    throw new InvalidOperationException("a listener's fault");
                }
            }
        }
    }

    [Fact]
    public async Task A_trace_ends_whatever_ends_the_acquisition()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "DistributedLocking",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        Provider.HoldElsewhere(Key);

        await Should.ThrowAsync<NotSupportedException>(
            async () => await Locks.AcquireAsync(Key, Fixed with { Retry = new FaultyPolicy(), WaitTimeout = Seconds(1) }, Cancel));

        ended.ShouldContain(item => (string?)item.GetTagItem("distributed_lock.provider") == _provider);
        Locks.KeysInUse.ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_trace_of_an_acquisition_has_the_key_only_when_keys_are_revealed(bool revealKeys)
    {
        Options.RevealKeys = revealKeys;
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "DistributedLocking",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        await using var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);

        var activity = ended.Single(item => (string?)item.GetTagItem("distributed_lock.provider") == _provider);
        activity.OperationName.ShouldBe("distributed_lock.acquire");
        activity.GetTagItem("distributed_lock.outcome").ShouldBe("acquired");
        activity.GetTagItem("distributed_lock.fencing_token").ShouldBe(handle.FencingToken);
        activity.GetTagItem("distributed_lock.key").ShouldBe(revealKeys ? Key : null);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_is_logged_above_debug_only_when_keys_are_revealed(bool revealKeys)
    {
        Options.RevealKeys = revealKeys;
        await Locks.AcquireAsync(Key, Fixed, Cancel);
        var failure = await Should.ThrowAsync<DistributedLockTimeoutException>(
            async () => await Locks.AcquireAsync(Key, Fixed with { WaitTimeout = TimeSpan.Zero }, Cancel));
        Time.Advance(Seconds(30));
        Provider.OnAcquire = (_, _) => throw new IOException("cut");
        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await Locks.TryAcquireAsync(Key, Fixed, Cancel));
        await Locks.ReleaseAsync(Key, Cancel);

        var loud = Logs.Entries.Where(entry => entry.Level > LogLevel.Debug).ToList();
        loud.Select(entry => entry.Id).ShouldBe([30, 12, 31, 10]);
        loud.ShouldAllBe(entry => entry.Message.Contains(Key, StringComparison.Ordinal) == revealKeys);
        failure.Message.Contains(Key, StringComparison.Ordinal).ShouldBe(revealKeys);
        Logs.Entries.First(entry => entry.Id == 1).Message.ShouldContain(Key);
    }

    [Fact]
    public async Task A_grant_that_took_much_of_its_lease_is_a_warning()
    {
        Provider.OnAcquire = (request, _) =>
        {
            Time.Advance(Seconds(4));
            return Provider.StoreAcquireAsync(request);
        };

        await using var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);

        Logs.CountOf(11).ShouldBe(1);
    }

    private sealed class FaultyPolicy : RetryPolicy
    {
        public override TimeSpan? GetDelay(int retry) => throw new NotSupportedException();
    }
}
