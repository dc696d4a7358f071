using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Tests.Telemetry;

/// <summary>Logs and metrics, and guarantee 12: nothing secret leaks.</summary>
public sealed class TelemetryTests : EngineTest
{
    private static readonly AcquireOptions Fixed = new() { TimeToLive = Seconds(30), AutoRenew = false };

    private readonly TelemetryListener _listener;

    public TelemetryTests()
    {
        Provider.Name = $"scripted-{Random.Shared.NextInt64()}";
        _listener = new TelemetryListener(Provider.Name);
    }

    [Fact]
    public async Task Measurements_have_their_names_units_and_tags()
    {
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
        _listener.Measurements.ShouldAllBe(item => !item.Tags.Values.Contains(Key) && !item.Tags.ContainsKey("distributed_lock.name"));

        IEnumerable<(string? Unit, double Value, string? Outcome)> Of(string name) =>
            _listener.Of(name).Select(item => (item.Unit, item.Value, item.Outcome));
    }

    [Fact]
    public async Task The_locks_name_is_a_tag_of_all_metrics_and_traces()
    {
        Options.Name = "orders";

        await (await Locks.AcquireAsync(Key, Fixed, Cancel)).ReleaseAsync(Cancel);

        _listener.Measurements.ShouldAllBe(item => item.Tags["distributed_lock.name"] == "orders");
        _listener.Measurements.Count.ShouldBe(4);
        _listener.Activities.ShouldHaveSingleItem().GetTagItem("distributed_lock.name").ShouldBe("orders");
    }

    [Fact]
    public async Task The_number_of_held_locks_does_not_drift_when_callers_are_cancelled_at_their_turn()
    {
        Provider.OnAcquire = async (request, _) =>
        {
            var reply = await Provider.StoreAcquireAsync(request);
            return reply.IsGranted ? AcquireReply.Granted(reply.FencingToken, offer: null, request.Tokens) : reply;
        };
        var patient = new AcquireOptions { WaitTimeout = Timeout.InfiniteTimeSpan };
        for (var i = 0; i < 100; i++)
        {
            // The second asks the store while the third waits, and so reserves tokens to hand the lock on with.
            var first = await Locks.AcquireAsync(Key, patient, Cancel);
            var waiting = Locks.AcquireAsync(Key, patient, Cancel).AsTask();
            using var cancellation = new CancellationTokenSource();
            var cancelled = Locks.AcquireAsync(Key, patient, cancellation.Token).AsTask();
            await first.ReleaseAsync(Cancel);
            var second = await waiting;

            // The hand-over is made before the release returns, and the third caller has yet to wake up.
            var release = second.ReleaseAsync(Cancel);
            await cancellation.CancelAsync();
            await release;
            try
            {
                await (await cancelled).ReleaseAsync(Cancel);
            }
            catch (OperationCanceledException)
            {
                // As it nearly always is.
            }
        }

        await Eventually(() => Locks.KeysInUse == 0);
        _listener.SumOf("distributed_lock.held").ShouldBe(0);
        _listener.Of("distributed_lock.hold.duration").Count().ShouldBe(_listener.Of("distributed_lock.acquire.duration").Count(item => item.Outcome == "acquired"));
    }

    [Fact]
    public async Task A_listener_that_throws_costs_nobody_a_lock()
    {
        _listener.OnMeasurement = _ => throw new InvalidOperationException("a listener's fault");

        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        await handle.ExtendAsync(cancellationToken: Cancel);
        var next = Locks.AcquireAsync(Key, Fixed with { WaitTimeout = Seconds(60) }, Cancel).AsTask();
        Time.Advance(Seconds(30));
        await (await next).ReleaseAsync(Cancel);

        handle.LostToken.IsCancellationRequested.ShouldBeTrue();
        Provider.Store.Count.ShouldBe(0);
        Logs.CountOf(19).ShouldBeGreaterThan(5);
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
        loud.Select(entry => entry.Id).ShouldBe([12, 31, 10]);
        loud.ShouldAllBe(entry => entry.Message.Contains(Key, StringComparison.Ordinal) == revealKeys);
        failure.Message.Contains(Key, StringComparison.Ordinal).ShouldBe(revealKeys);

        // What stands for the key can be followed from entry to entry, and Debug says what it stands for.
        var acquired = Logs.Entries.First(entry => entry.Id == 1).Message;
        acquired.ShouldContain($"'{Key}' (key#0862f9bc)");
        loud.Select(entry => entry.Message).Append(failure.Message)
            .ShouldAllBe(message => message.Contains("key#0862f9bc", StringComparison.Ordinal) == !revealKeys);
    }

    [Fact]
    public async Task Contention_is_told_by_the_exception_and_to_debug_only()
    {
        Provider.HoldElsewhere(Key);

        var timeout = await Should.ThrowAsync<DistributedLockTimeoutException>(
            async () => await Locks.AcquireAsync(Key, Fixed with { WaitTimeout = TimeSpan.Zero }, Cancel));

        timeout.Message.ShouldContain("somebody else held it");
        Logs.Entries.ShouldHaveSingleItem().Level.ShouldBe(LogLevel.Debug);
    }

    [Fact]
    public async Task A_caller_learns_that_its_own_process_holds_the_lock()
    {
        await using var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        var waiting = Locks.AcquireAsync(Key, Fixed with { WaitTimeout = Seconds(5) }, Cancel).AsTask();
        Time.Advance(Seconds(5));

        (await Should.ThrowAsync<DistributedLockTimeoutException>(waiting)).Message.ShouldContain("it is held by this process");
        (await Locks.TryAcquireAsync(Key, Fixed, Cancel)).ShouldBeNull();
        Logs.Entries.Where(entry => entry.Id == 3).Select(entry => entry.Message).ShouldAllBe(message => message.Contains("it is held by this process"));
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
}
