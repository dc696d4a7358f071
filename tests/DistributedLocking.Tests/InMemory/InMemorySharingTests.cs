using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using DistributedLocking.Testing;

namespace DistributedLocking.Tests.InMemory;

/// <summary>The rule of all modes: who is granted a key beside whom, and in which order.</summary>
public sealed class InMemorySharingTests : IAsyncDisposable
{
    private const int Reader = int.MaxValue;
    private const int Writer = 1;

    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryLockStore _store;
    private readonly InMemoryLockProvider _provider;

    public InMemorySharingTests()
    {
        _store = new InMemoryLockStore(_time);
        _provider = new InMemoryLockProvider(_store, new DistributedLockOptions());
    }

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Readers_hold_a_key_together_and_a_writer_alone()
    {
        (await AskAsync("r1", Reader)).ShouldBeTrue();
        (await AskAsync("r2", Reader)).ShouldBeTrue();
        (await AskAsync("w", Writer)).ShouldBeFalse();

        await ReleaseAsync("r1");
        await ReleaseAsync("r2");
        (await AskAsync("w", Writer)).ShouldBeTrue();
        (await AskAsync("r3", Reader)).ShouldBeFalse();
        (await AskAsync("w2", Writer)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_semaphore_has_as_many_holders_as_the_asker_says()
    {
        for (var i = 0; i < 3; i++)
        {
            (await AskAsync($"{i}", 3, LockMode.Counted)).ShouldBeTrue();
        }

        (await AskAsync("late", 3, LockMode.Counted)).ShouldBeFalse();
        (await AskAsync("more", 4, LockMode.Counted)).ShouldBeTrue("it is judged by its own count");
        (await ReleaseAsync("1", LockMode.Counted)).ShouldBeTrue();
        (await AskAsync("late", 3, LockMode.Counted)).ShouldBeFalse("three hold it still");
        (await ReleaseAsync("0", LockMode.Counted)).ShouldBeTrue();
        (await AskAsync("late", 3, LockMode.Counted)).ShouldBeTrue();
    }

    [Fact]
    public async Task The_modes_of_a_key_are_separate()
    {
        (await AskAsync("lock", 1, LockMode.Exclusive)).ShouldBeTrue();
        (await AskAsync("writer", Writer)).ShouldBeTrue();
        (await AskAsync("permit", 1, LockMode.Counted)).ShouldBeTrue();
        (await ReleaseAsync("writer", LockMode.Counted)).ShouldBeFalse();
        (await ReleaseAsync("writer")).ShouldBeTrue();
    }

    [Fact]
    public async Task Who_waits_is_served_in_order_and_readers_together()
    {
        await AskAsync("w0", Writer);
        foreach (var (owner, limit) in new[] { ("w1", Writer), ("r1", Reader), ("r2", Reader), ("w2", Writer), ("r3", Reader) })
        {
            (await AskAsync(owner, limit, wait: true)).ShouldBeFalse();
        }

        await ReleaseAsync("w0");
        (await GrantedAsync("w1", "r1", "r2", "w2", "r3")).ShouldBe(["w1"]);
        await ReleaseAsync("w1");
        (await GrantedAsync("r1", "r2", "w2", "r3")).ShouldBe(["r1", "r2"]);
        await ReleaseAsync("r1");
        (await GrantedAsync("w2", "r3")).ShouldBeEmpty();
        await ReleaseAsync("r2");
        (await GrantedAsync("w2", "r3")).ShouldBe(["w2"]);
        await ReleaseAsync("w2");
        (await GrantedAsync("r3")).ShouldBe(["r3"]);
        await ReleaseAsync("r3");
        _store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Nobody_comes_before_a_writer_that_waits()
    {
        await AskAsync("r1", Reader);
        await AskAsync("w", Writer, wait: true);

        (await AskAsync("r2", Reader)).ShouldBeFalse();
        await ReleaseAsync("r1");
        (await AskAsync("w", Writer, wait: true)).ShouldBeTrue();
    }

    [Fact]
    public async Task The_permits_of_several_that_leave_wake_as_many()
    {
        await AskAsync("a", 2, LockMode.Counted);
        await AskAsync("b", 2, LockMode.Counted);
        foreach (var owner in new[] { "c", "d", "e" })
        {
            await AskAsync(owner, 2, LockMode.Counted, wait: true);
        }

        await ReleaseAsync("a", LockMode.Counted);
        await ReleaseAsync("b", LockMode.Counted);

        (await GrantedAsync(LockMode.Counted, "c", "d", "e")).ShouldBe(["c", "d"]);
    }

    [Fact]
    public async Task A_holder_whose_lease_ended_makes_room_and_harms_no_other()
    {
        await AskAsync("dead", 2, LockMode.Counted, timeToLive: TimeSpan.FromSeconds(5));
        await AskAsync("alive", 2, LockMode.Counted);
        _time.Advance(TimeSpan.FromSeconds(5));

        (await AskAsync("next", 2, LockMode.Counted)).ShouldBeTrue();
        (await ReleaseAsync("dead", LockMode.Counted)).ShouldBeFalse();
        (await AskAsync("late", 2, LockMode.Counted)).ShouldBeFalse();
        (await RenewAsync("alive", LockMode.Counted)).ShouldBe(RenewalOutcome.Renewed);
        (await RenewAsync("dead", LockMode.Counted)).ShouldBe(RenewalOutcome.Lost);
    }

    [Fact]
    public async Task A_renewal_prolongs_its_own_lease_alone()
    {
        await AskAsync("dead", Reader, timeToLive: TimeSpan.FromSeconds(5));
        await AskAsync("alive", Reader, timeToLive: TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(3));
        (await RenewAsync("alive", LockMode.Shared)).ShouldBe(RenewalOutcome.Renewed);
        _time.Advance(TimeSpan.FromSeconds(3));

        _store.Count.ShouldBe(2);
        (await RenewAsync("dead", LockMode.Shared)).ShouldBe(RenewalOutcome.Lost);
        _store.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_dead_waiter_costs_its_offer()
    {
        await AskAsync("w0", Writer);
        await AskAsync("dead", Writer, wait: true);
        await AskAsync("w1", Writer, wait: true);
        await ReleaseAsync("w0");

        (await AskAsync("w1", Writer, wait: true)).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(2));
        (await AskAsync("w1", Writer, wait: true)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_waiter_that_asks_no_more_is_passed_over()
    {
        await AskAsync("w0", Writer);
        await AskAsync("gone", Writer, wait: true);
        _time.Advance(TimeSpan.FromSeconds(11));
        await AskAsync("w1", Writer, wait: true);
        await ReleaseAsync("w0");

        (await AskAsync("w1", Writer, wait: true)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_grant_that_lapsed_is_not_told_to_who_asked_again()
    {
        await AskAsync("w0", Writer);
        await AskAsync("w1", Writer, wait: true);
        await using var watch = (await _provider.WatchAsync(Request("w1", Writer), Cancel))!;
        await ReleaseAsync("w0");
        _time.Advance(TimeSpan.FromSeconds(2));
        await AskAsync("w2", Writer);
        (await AskAsync("w1", Writer, wait: true)).ShouldBeFalse();

        (await watch.WaitAsync(Cancel)).ShouldBe(WakeUp.Changed);
    }

    [Fact]
    public async Task Who_leaves_the_queue_lets_the_next_in()
    {
        await AskAsync("r1", Reader);
        await AskAsync("w", Writer, wait: true);
        await AskAsync("r2", Reader, wait: true);

        await _provider.LeaveAsync(new LeaseReference("key", "w") { Mode = LockMode.Shared }, Cancel);

        (await GrantedAsync("r2")).ShouldBe(["r2"]);
    }

    [Fact]
    public async Task Each_grant_has_a_larger_token()
    {
        List<long> tokens = [];
        foreach (var (owner, limit) in new[] { ("r1", Reader), ("r2", Reader), ("r3", Reader) })
        {
            tokens.Add((await _provider.TryAcquireAsync(Request(owner, limit), Cancel)).FencingToken);
        }

        await AskAsync("w", Writer, wait: true);
        await using var watch = (await _provider.WatchAsync(Request("w", Writer), Cancel))!;
        await ReleaseAsync("r1");
        await ReleaseAsync("r2");
        await ReleaseAsync("r3");
        tokens.Add((await watch.WaitAsync(Cancel)).Grant!.Value.FencingToken);
        await ReleaseAsync("w");
        tokens.Add((await _provider.TryAcquireAsync(Request("r4", Reader), Cancel)).FencingToken);

        tokens.ShouldBe(tokens.Order().Distinct().ToList());
    }

    private static AcquireRequest Request(
        string owner, int limit, LockMode mode = LockMode.Shared, bool wait = false, TimeSpan? timeToLive = null) => new()
        {
            Key = "key",
            OwnerId = owner,
            TimeToLive = timeToLive ?? TimeSpan.FromMinutes(1),
            Mode = mode,
            Limit = limit,
            StoreWait = wait ? Timeout.InfiniteTimeSpan : TimeSpan.Zero,
        };

    private async Task<bool> AskAsync(
        string owner, int limit, LockMode mode = LockMode.Shared, bool wait = false, TimeSpan? timeToLive = null) =>
        (await _provider.TryAcquireAsync(Request(owner, limit, mode, wait, timeToLive), Cancel)).IsGranted;

    private ValueTask<bool> ReleaseAsync(string owner, LockMode mode = LockMode.Shared) =>
        _provider.ReleaseAsync(new LeaseReference("key", owner) { Mode = mode }, Cancel);

    private async Task<RenewalOutcome> RenewAsync(string owner, LockMode mode) =>
        (await _provider.RenewAsync([new RenewalRequest(new LeaseReference("key", owner) { Mode = mode }, TimeSpan.FromMinutes(1))], Cancel)).Single().Outcome;

    private Task<List<string>> GrantedAsync(params string[] owners) => GrantedAsync(LockMode.Shared, owners);

    /// <summary>Which of them hold the key by now: the store says so to a renewal.</summary>
    private async Task<List<string>> GrantedAsync(LockMode mode, params string[] owners)
    {
        List<string> granted = [];
        foreach (var owner in owners)
        {
            if (await RenewAsync(owner, mode) == RenewalOutcome.Renewed)
            {
                granted.Add(owner);
            }
        }

        return granted;
    }
}
