using DistributedLocking.Engine.Plans;
using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Engine;

/// <summary>A store that keeps a queue, and tells of its grants.</summary>
public sealed class StoreQueueTests : EngineTest
{
    private static readonly TimeSpan Offer = TimeSpan.FromSeconds(2);
    private static readonly AcquireOptions Patient = new() { TimeToLive = TimeSpan.FromSeconds(60), WaitTimeout = Timeout.InfiniteTimeSpan };

    private readonly TestWatch _watch = new();

    public StoreQueueTests()
    {
        Provider.Capabilities |= LockProviderCapabilities.Queue | LockProviderCapabilities.Notification;
        Provider.OnAcquire = (_, _) => new(AcquireReply.NotGranted());
        Provider.OnWatch = (_, _) => new(_watch);
        Provider.OnRenew = (batch, _) => new([.. batch.Select(_ => new RenewalReply(RenewalOutcome.Renewed))]);
    }

    [Fact]
    public async Task A_waiter_asks_once_and_is_told()
    {
        var waiting = Locks.AcquireAsync(Key, Patient, Cancel).AsTask();
        await Eventually(() => _watch.IsWaitedFor);
        Provider.Acquires.ShouldHaveSingleItem().StoreWait.ShouldBe(Timeout.InfiniteTimeSpan);

        _watch.Grant(70, Offer);

        var handle = await waiting;
        handle.FencingToken.ShouldBe(70);
        handle.OwnerId.ShouldBe(Provider.Acquires.Single().OwnerId);
    }

    [Fact]
    public async Task An_offer_is_a_short_lease_until_it_is_renewed_at_once()
    {
        var answer = new TaskCompletionSource<IReadOnlyList<RenewalReply>>();
        Provider.OnRenew = (_, _) => new(answer.Task);
        var waiting = Locks.AcquireAsync(Key, Patient, Cancel).AsTask();
        await Eventually(() => _watch.IsWaitedFor);
        Time.Advance(Seconds(0.5));

        _watch.Grant(70, Offer);

        var handle = await waiting;
        handle.RemainingTime.ShouldBeInRange(Seconds(1.4), Seconds(1.5));
        await Eventually(() => !Provider.Renewals.IsEmpty);
        Provider.Renewals.Single().Single().TimeToLive.ShouldBe(Seconds(60));
        answer.SetResult([new RenewalReply(RenewalOutcome.Renewed)]);
        await Eventually(() => handle.RemainingTime > Seconds(58));
    }

    [Fact]
    public async Task A_renewal_that_hangs_does_not_prolong_an_offer()
    {
        Provider.OnRenew = (_, _) => new(new TaskCompletionSource<IReadOnlyList<RenewalReply>>().Task);
        var waiting = Locks.AcquireAsync(Key, Patient, Cancel).AsTask();
        await Eventually(() => _watch.IsWaitedFor);
        _watch.Grant(70, Offer);
        var handle = await waiting;

        Time.Advance(Offer);

        handle.IsHeld.ShouldBeFalse();
        handle.LostToken.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task The_offer_counts_from_the_last_request_and_not_from_the_word_of_it()
    {
        Provider.OnRenew = (batch, _) => new([.. batch.Select(_ => new RenewalReply(RenewalOutcome.Lost))]);
        var waiting = Locks.AcquireAsync(Key, Patient, Cancel).AsTask();
        await Eventually(() => _watch.IsWaitedFor);
        Time.Advance(Seconds(0.9));

        _watch.Grant(70, Seconds(1));

        // So little may be left of it that only the store can tell; and the place in the queue is gone with an offer
        // that has lapsed.
        await Eventually(() => Provider.Acquires.Count >= 2);
        Provider.Renewals.Count.ShouldBe(1);
        waiting.IsCompleted.ShouldBeFalse();
        _watch.Grant(80, Offer);
        (await waiting).FencingToken.ShouldBe(80);
    }

    [Fact]
    public async Task A_place_is_kept_by_asking_again()
    {
        var waiting = Locks.AcquireAsync(Key, Patient, Cancel).AsTask();
        for (var asked = 1; asked <= 5; asked++)
        {
            var times = asked;
            await Eventually(() => Provider.Acquires.Count == times && _watch.IsWaitedFor);
            Time.Advance(RetryPace.Net);
        }

        await Eventually(() => Provider.Acquires.Count == 6 && _watch.IsWaitedFor);
        Provider.Acquires.Select(request => request.OwnerId).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
        Provider.Watches.ShouldBe(1);
        _watch.Grant(70, Offer);
        await waiting;
        Provider.Leaves.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_queue()
    {
        using var cancellation = new CancellationTokenSource();
        var waiting = Locks.AcquireAsync(Key, Patient, cancellation.Token).AsTask();
        await Eventually(() => _watch.IsWaitedFor);

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);
        await Eventually(() => Provider.Leaves.Count == 1);
        Provider.Leaves.Single().OwnerId.ShouldBe(Provider.Acquires.Single().OwnerId);
        _watch.IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_request_without_an_answer_leaves_the_queue()
    {
        Provider.OnAcquire = (_, _) => throw new DistributedLockUnavailableException("down") { IsTransient = false };

        await Should.ThrowAsync<DistributedLockUnavailableException>(() => Locks.AcquireAsync(Key, Patient, Cancel).AsTask());

        await Eventually(() => !Provider.Leaves.IsEmpty);
        Provider.Leaves.ShouldAllBe(waiter => waiter.OwnerId == Provider.Acquires.Single().OwnerId);
    }

    [Fact]
    public async Task A_single_attempt_takes_no_place()
    {
        (await Locks.TryAcquireAsync(Key, cancellationToken: Cancel)).ShouldBeNull();

        Provider.Acquires.Single().StoreWait.ShouldBe(TimeSpan.Zero);
        Provider.Watches.ShouldBe(0);
    }

    [Fact]
    public async Task Who_can_hand_the_lock_on_has_its_offer_made_whole_first()
    {
        var answer = new TaskCompletionSource<IReadOnlyList<RenewalReply>>();
        Provider.OnRenew = (_, _) => new(answer.Task);
        var waiting = Locks.AcquireAsync(Key, Patient, Cancel).AsTask();
        var behind = Locks.AcquireAsync(Key, Patient, Cancel).AsTask();
        await Eventually(() => _watch.IsWaitedFor);

        _watch.Grant(70, Offer, tokens: 128);

        await Eventually(() => !Provider.Renewals.IsEmpty);
        waiting.IsCompleted.ShouldBeFalse();
        answer.SetResult([new RenewalReply(RenewalOutcome.Renewed)]);
        var handle = await waiting;
        handle.RemainingTime.ShouldBeGreaterThan(Seconds(59));
        await handle.ReleaseAsync(Cancel);
        (await behind).FencingToken.ShouldBe(71);
    }

    [Fact]
    public async Task A_confirmation_that_hangs_ends_with_the_lease()
    {
        Provider.OnAcquire = (_, _) => new(AcquireReply.Granted(70, Offer));
        Provider.OnRenew = (_, _) => new(new TaskCompletionSource<IReadOnlyList<RenewalReply>>().Task);
        var attempt = Locks.TryAcquireAsync(Key, new AcquireOptions { TimeToLive = Seconds(60) }, Cancel).AsTask();
        await Eventually(() => !Provider.Renewals.IsEmpty);

        Time.Advance(Seconds(60));

        await Should.ThrowAsync<DistributedLockUnavailableException>(attempt);
        await Eventually(() => !Provider.Releases.IsEmpty);
    }

    private sealed class TestWatch : IKeyWatch
    {
        private readonly object _lock = new();
        private TaskCompletionSource<WakeUp>? _wait;

        internal bool IsDisposed { get; private set; }

        internal bool IsWaitedFor
        {
            get
            {
                lock (_lock)
                {
                    return _wait is { Task.IsCompleted: false };
                }
            }
        }

        public async ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken)
        {
            Task<WakeUp> wait;
            lock (_lock)
            {
                _wait = new TaskCompletionSource<WakeUp>(TaskCreationOptions.RunContinuationsAsynchronously);
                wait = _wait.Task;
            }

            try
            {
                return await wait.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                lock (_lock)
                {
                    _wait = null;
                }

                throw;
            }
        }

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }

        internal void Grant(long token, TimeSpan offer, int tokens = 1)
        {
            lock (_lock)
            {
                _wait!.SetResult(new WakeUp(AcquireReply.Granted(token, offer, tokens)));
            }
        }
    }
}
