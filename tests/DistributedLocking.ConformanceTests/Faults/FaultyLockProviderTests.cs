using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using DistributedLocking.Testing;

namespace DistributedLocking.ConformanceTests.Faults;

public sealed class FaultyLockProviderTests : IAsyncDisposable
{
    private static readonly AcquireRequest Request = new() { Key = "key", OwnerId = "owner", TimeToLive = TimeSpan.FromMinutes(1) };
    private static readonly LeaseReference Lease = new("key", "owner");

    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryLockStore _store = new();
    private readonly FaultyLockProvider _faults;

    public FaultyLockProviderTests() => _faults = new FaultyLockProvider(new InMemoryLockProvider(_store, new DistributedLockOptions()), _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _faults.DisposeAsync();

    [Fact]
    public async Task Passes_everything_on_and_counts()
    {
        (await _faults.TryAcquireAsync(Request, Token)).IsGranted.ShouldBeTrue();
        (await _faults.RenewAsync([new RenewalRequest(Lease, Request.TimeToLive)], Token))[0].Outcome.ShouldBe(RenewalOutcome.Renewed);
        (await _faults.ReleaseAsync(Lease, Token)).ShouldBeTrue();
        await using var watch = await _faults.WatchAsync(Request, Token);
        watch.ShouldNotBeNull();
        await _faults.LeaveAsync(Lease, Token);
        _faults.CountCalls(ProviderOperations.All).ShouldBe(5);
        _faults.CountCalls(ProviderOperations.Acquire | ProviderOperations.Leave).ShouldBe(2);
    }

    [Fact]
    public async Task A_request_that_fails_does_not_reach_the_store()
    {
        using (_faults.FailRequests(ProviderOperations.Acquire))
        {
            await Should.ThrowAsync<IOException>(() => _faults.TryAcquireAsync(Request, Token).AsTask());
            _store.Count.ShouldBe(0);
        }

        (await _faults.TryAcquireAsync(Request, Token)).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_lost_reply_leaves_its_mark_in_the_store()
    {
        using var fault = _faults.LoseReplies(ProviderOperations.Acquire, () => new TimeoutException());
        await Should.ThrowAsync<TimeoutException>(() => _faults.TryAcquireAsync(Request, Token).AsTask());
        _store.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_held_reply_comes_when_the_hold_ends()
    {
        var hold = _faults.HoldReplies(ProviderOperations.Acquire);
        var attempt = _faults.TryAcquireAsync(Request, Token).AsTask();
        _store.Count.ShouldBe(1);
        attempt.IsCompleted.ShouldBeFalse();
        hold.Dispose();
        (await attempt).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_held_request_that_was_given_up_arrives_late_only_if_asked_for()
    {
        foreach (var deliverLate in (bool[])[false, true])
        {
            using var cancel = new CancellationTokenSource();
            using (_faults.HoldRequests(ProviderOperations.Acquire, deliverLate))
            {
                var attempt = _faults.TryAcquireAsync(Request, cancel.Token).AsTask();
                await cancel.CancelAsync();
                await Should.ThrowAsync<OperationCanceledException>(() => attempt);
                _store.Count.ShouldBe(0);
            }

            await _faults.WaitForLateRequestsAsync();
            _store.Count.ShouldBe(deliverLate ? 1 : 0);
        }
    }

    [Fact]
    public async Task Delays_follow_the_clock()
    {
        using var request = _faults.DelayRequests(ProviderOperations.Acquire, TimeSpan.FromSeconds(2));
        using var reply = _faults.DelayReplies(ProviderOperations.Acquire, TimeSpan.FromSeconds(3));
        var attempt = _faults.TryAcquireAsync(Request, Token).AsTask();
        _store.Count.ShouldBe(0);
        _time.Advance(TimeSpan.FromSeconds(2));
        await UntilAsync(() => _store.Count == 1);
        attempt.IsCompleted.ShouldBeFalse();
        await UntilAsync(() =>
        {
            // The reply's timer starts on another thread.
            _time.Advance(TimeSpan.FromSeconds(3));
            return attempt.IsCompleted;
        });
        (await attempt).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_held_wake_up_comes_when_the_hold_ends()
    {
        await _faults.TryAcquireAsync(Request, Token);
        await using var watch = (await _faults.WatchAsync(Request with { OwnerId = "waiter" }, Token))!;
        var hold = _faults.HoldReplies(ProviderOperations.WakeUp);
        var wakeUp = watch.WaitAsync(Token).AsTask();
        await _faults.ReleaseAsync(Lease, Token);
        wakeUp.IsCompleted.ShouldBeFalse();
        hold.Dispose();
        (await wakeUp).ShouldBe(WakeUp.Changed);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Token);
        bound.CancelAfter(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, bound.Token);
        }
    }
}
