using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.SeveralKeys;

/// <summary>Several keys, all or none.</summary>
public sealed class SeveralKeysTests : EngineTest
{
    private static readonly AcquireOptions Patient = new() { WaitTimeout = Seconds(10), TimeToLive = Seconds(60), AutoRenew = false };

    [Fact]
    public async Task All_that_are_free_are_held_once_each_in_ordinal_order()
    {
        await using var handles = await Locks.AcquireAllAsync(["b", "a", "B", "a"], cancellationToken: Cancel);

        handles.Select(handle => handle.Key).ShouldBe(["B", "a", "b"]);
        handles.Count.ShouldBe(3);
        handles[1].Key.ShouldBe("a");
        handles.IsHeld.ShouldBeTrue();
        handles.Select(handle => handle.FencingToken).Distinct().Count().ShouldBe(3);
        Provider.Acquires.Count.ShouldBe(3);
    }

    [Fact]
    public async Task When_one_is_held_elsewhere_a_try_holds_none()
    {
        Provider.HoldElsewhere("b");

        (await Locks.TryAcquireAllAsync(["a", "b", "c"], cancellationToken: Cancel)).ShouldBeNull();

        Provider.Store.Count.ShouldBe(1);
        Locks.KeysInUse.ShouldBe(0);
    }

    [Fact]
    public async Task Who_waits_holds_only_what_comes_before_the_key_that_it_waits_for()
    {
        var other = Provider.HoldElsewhere("b");
        var waiting = Locks.AcquireAllAsync(["c", "b", "a"], Patient, Cancel).AsTask();

        (await Locks.TryAcquireAsync("a", cancellationToken: Cancel)).ShouldBeNull();
        await using (var last = await Locks.TryAcquireAsync("c", cancellationToken: Cancel))
        {
            last.ShouldNotBeNull();
        }

        await Provider.StoreReleaseAsync(other);
        await using var handles = await Eventually(waiting, Seconds(0.25));
        handles.IsHeld.ShouldBeTrue();
        handles.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_budget_is_for_all_keys_and_then_nothing_is_held(bool throws)
    {
        var first = Provider.HoldElsewhere("a");
        Provider.HoldElsewhere("b");
        var waiting = throws
            ? Locks.AcquireAllAsync(["a", "b"], Patient, Cancel).AsTask()
            : Locks.TryAcquireAllAsync(["a", "b"], Patient, Cancel).AsTask()!;
        Time.Advance(Seconds(6));
        await Provider.StoreReleaseAsync(first);
        await Eventually(() => Task.FromResult(Provider.Acquires.Count(request => request.Key == "b") >= 2), Seconds(0.25));
        waiting.IsCompleted.ShouldBeFalse();

        await Eventually(() => Task.FromResult(waiting.IsCompleted), Seconds(0.25));

        Time.GetElapsedTime(0).ShouldBeInRange(Seconds(10), Seconds(12));
        if (throws)
        {
            (await Should.ThrowAsync<DistributedLockTimeoutException>(waiting)).Key.ShouldBe("b");
        }
        else
        {
            (await waiting).ShouldBeNull();
        }

        Provider.Store.Count.ShouldBe(1);
        Locks.KeysInUse.ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_wait_of_its_own_a_call_waits_as_long_as_the_configured_policy()
    {
        Options.Retry = RetryPolicy.Fixed(Seconds(1), 3);
        Provider.HoldElsewhere("a");
        var waiting = Locks.AcquireAllAsync(["a", "b"], cancellationToken: Cancel).AsTask();

        await Eventually(() => Task.FromResult(waiting.IsCompleted), Seconds(0.5));

        await Should.ThrowAsync<DistributedLockTimeoutException>(waiting);
        Time.GetElapsedTime(0).ShouldBeInRange(Seconds(3), Seconds(4));
    }

    [Fact]
    public async Task A_cancelled_caller_holds_none()
    {
        using var cancellation = new CancellationTokenSource();
        Provider.HoldElsewhere("b");
        var waiting = Locks.AcquireAllAsync(["a", "b", "c"], Patient, cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);
        Provider.Store.Count.ShouldBe(1);
        Locks.KeysInUse.ShouldBe(0);
    }

    [Fact]
    public async Task A_failure_of_the_store_is_not_taken_for_contention()
    {
        Provider.OnAcquire = (request, _) => request.Key == "b" ? throw new IOException("cut") : Provider.StoreAcquireAsync(request);

        await Should.ThrowAsync<DistributedLockUnavailableException>(
            async () => await Locks.TryAcquireAllAsync(["a", "b", "c"], cancellationToken: Cancel));

        await Eventually(() => Task.FromResult(Provider.Store.Count == 0), Seconds(1));
    }

    [Fact]
    public async Task A_failure_that_is_over_within_the_wait_fails_nobody()
    {
        Provider.OnAcquire = (_, _) =>
        {
            Provider.OnAcquire = null;
            throw new IOException("cut");
        };

        await using var handles = await Eventually(Locks.AcquireAllAsync(["a", "b"], Patient, Cancel).AsTask(), Seconds(0.25));

        handles.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_lease_that_ended_while_another_key_was_waited_for_is_asked_for_again()
    {
        var other = Provider.HoldElsewhere("b");
        var waiting = Locks.AcquireAllAsync(["a", "b"], Patient with { TimeToLive = Seconds(2) }, Cancel).AsTask();
        Time.Advance(Seconds(3));
        await Provider.StoreReleaseAsync(other);

        await using var handles = await Eventually(waiting, Seconds(0.25));

        handles.IsHeld.ShouldBeTrue();
        Provider.Acquires.Count(request => request.Key == "a").ShouldBe(2);
    }

    [Fact]
    public async Task The_loss_of_one_is_the_loss_of_the_set()
    {
        Provider.OnRenew = (batch, _) => ValueTask.FromResult<IReadOnlyList<RenewalReply>>(
            [.. batch.Select(request => new RenewalReply(request.Lease.Key == "b" ? RenewalOutcome.Lost : RenewalOutcome.Renewed))]);
        await using var handles = await Locks.AcquireAllAsync(["a", "b"], new AcquireOptions { TimeToLive = Seconds(30) }, Cancel);
        var lost = handles.LostToken;
        lost.IsCancellationRequested.ShouldBeFalse();
        handles.RemainingTime.ShouldBeGreaterThan(Seconds(20));

        Time.Advance(Seconds(10));

        await Eventually(() => lost.IsCancellationRequested);
        handles.IsHeld.ShouldBeFalse();
        handles.RemainingTime.ShouldBe(TimeSpan.Zero);
        (await handles.ReleaseAsync(Cancel)).ShouldBeFalse();
        Provider.Releases.Any(lease => lease.Key == "a").ShouldBeTrue();
    }

    [Fact]
    public async Task An_extension_is_for_all_and_so_is_a_release()
    {
        var handles = await Locks.AcquireAllAsync(["a", "b"], Patient, Cancel);
        var lost = handles.LostToken;

        await handles.ExtendAsync(Seconds(600), Cancel);

        handles.RemainingTime.ShouldBeGreaterThan(Seconds(500));
        (await handles.ReleaseAsync(Cancel)).ShouldBeTrue();
        handles.IsHeld.ShouldBeFalse();
        lost.IsCancellationRequested.ShouldBeFalse();
        (await handles.ReleaseAsync(Cancel)).ShouldBeFalse();
        handles.Dispose();
        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Keys_that_no_lock_can_have_are_refused_before_anything_is_locked()
    {
        await Should.ThrowAsync<ArgumentException>(async () => await Locks.AcquireAllAsync([], cancellationToken: Cancel));
        await Should.ThrowAsync<ArgumentException>(async () => await Locks.AcquireAllAsync(["a", ""], cancellationToken: Cancel));
        await Should.ThrowAsync<ArgumentException>(async () => await Locks.TryAcquireAllAsync(["a", null!], cancellationToken: Cancel));
        await Should.ThrowAsync<ArgumentNullException>(async () => await Locks.TryAcquireAllAsync(null!, cancellationToken: Cancel));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(
            async () => await Locks.AcquireAllAsync(["a"], new AcquireOptions { WaitTimeout = Seconds(-2) }, Cancel));

        Provider.Acquires.ShouldBeEmpty();
    }

    [Fact]
    public async Task Hundreds_of_random_sets_in_any_order_exclude_each_other_and_deadlock_nobody()
    {
        const int Keys = 6;
        var store = new InMemoryLockStore();
        var holders = new int[Keys];
        await Task.WhenAll(Enumerable.Range(0, 9).Select(seed => Task.Run(() => WorkAsync(new Random(seed)), Cancel)))
            .WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System, Cancel);
        store.Count.ShouldBe(0);

        async Task WorkAsync(Random random)
        {
            var options = new DistributedLockOptions { Retry = RetryPolicy.Fixed(TimeSpan.FromMilliseconds(5), 100_000) };
            await using var locks = new DistributedLock(new InMemoryLockProvider(store, options), options);
            for (var round = 0; round < 60; round++)
            {
                var set = Enumerable.Range(0, Keys).OrderBy(_ => random.Next()).Take(3).ToArray();
                await using var handles = await locks.AcquireAllAsync(set.Select(i => $"key:{i}"), cancellationToken: Cancel);
                set.Select(i => Interlocked.Increment(ref holders[i])).ShouldAllBe(count => count == 1);
                await Task.Yield();
                Array.ForEach(set, i => Interlocked.Decrement(ref holders[i]));
            }
        }
    }
}
