using DistributedLocking.FaultTests.Stores;
using DistributedLocking.TestKit.Proxy;

namespace DistributedLocking.FaultTests.Rows;

public sealed class RedisWireFaultTests(RedisStore fixture) : WireFaultTests(fixture), IClassFixture<RedisStore>;

public sealed class RedisBatchesWireFaultTests(RedisBatchesStore fixture) : WireFaultTests(fixture), IClassFixture<RedisBatchesStore>;

public sealed class PostgreSqlRowLockWireFaultTests(PostgreSqlRowLockStore fixture) : WireFaultTests(fixture), IClassFixture<PostgreSqlRowLockStore>;

public sealed class PostgreSqlLeaseWireFaultTests(PostgreSqlLeaseStore fixture) : WireFaultTests(fixture), IClassFixture<PostgreSqlLeaseStore>;

public sealed class MySqlRowLockWireFaultTests(MySqlRowLockStore fixture) : WireFaultTests(fixture), IClassFixture<MySqlRowLockStore>;

public sealed class MySqlLeaseWireFaultTests(MySqlLeaseStore fixture) : WireFaultTests(fixture), IClassFixture<MySqlLeaseStore>;

public sealed class EtcdWireFaultTests(EtcdStore fixture) : WireFaultTests(fixture), IClassFixture<EtcdStore>;

/// <summary>What a network can do to each of the messages between a holder and its store.</summary>
public abstract class WireFaultTests(StoreFixture fixture)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// A lease that is to end while a message is on its way. Whole seconds, which MySQL's row locks are rounded up to.
    /// </summary>
    private static readonly AcquireOptions Short = new() { TimeToLive = TimeSpan.FromSeconds(2), WaitTimeout = Patience, AutoRenew = false };
    private static readonly AcquireOptions Long = new() { TimeToLive = TimeSpan.FromMinutes(5), WaitTimeout = Patience };
    private static readonly AcquireOptions Once = Long with { WaitTimeout = TimeSpan.Zero };

    private readonly StoreUnderTest _store = fixture.Store;
    private readonly FaultProxy _proxy = fixture.Store.Proxy!;
    private readonly string _key = fixture.NewKey();

    /// <summary>MySqlConnector's pool resets a session before it hands it out.</summary>
    private int AnswersBefore => _store.Kind is StoreKind.MySqlLease or StoreKind.MySqlRowLock ? 1 : 0;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_grant_whose_reply_comes_after_its_lease_is_no_grant()
    {
        await using var locks = await WarmAsync(_store.NewLock());
        Task<IDistributedLockHandle?> attempt;
        using (_proxy.Hold(Direction.Replies, AnswersBefore))
        {
            // Without a wait of its own, so that nothing but the lease ends it.
            attempt = locks.TryAcquireAsync(_key, Short with { WaitTimeout = null }, Cancel).AsTask();
            await _proxy.WaitUntilCaughtAsync(Direction.Replies, Cancel);
            await ShouldBecomeFreeAsync();
            attempt.IsCompleted.ShouldBeFalse();
        }

        await ShouldFailAsync(attempt);
        await ShouldBecomeFreeAsync();
    }

    [Fact]
    public async Task A_request_that_is_cut_off_from_its_reply_leaves_nothing_behind()
    {
        await using var locks = await WarmAsync(_store.NewLock());
        Task<IDistributedLockHandle?> attempt;
        using (_proxy.Hold(Direction.Replies, AnswersBefore))
        {
            attempt = locks.TryAcquireAsync(_key, Once, Cancel).AsTask();
            await _proxy.WaitUntilCaughtAsync(Direction.Replies, Cancel);
            _proxy.Cut();
        }

        await ShouldFailAsync(attempt);

        // Long before the lease would have ended by itself.
        await ShouldBecomeFreeAsync();
    }

    [Fact]
    public async Task A_holder_behind_a_silent_network_is_told_at_its_deadline()
    {
        await using var locks = await WarmAsync(_store.NewLock());
        await using var handle = await locks.AcquireAsync(_key, Short with { AutoRenew = true }, Cancel);
        var lost = WaitForLossAsync(handle);
        using (_proxy.Swallow(Direction.Both))
        {
            await lost;
            handle.IsHeld.ShouldBeFalse();
            await ShouldBecomeFreeAsync();
        }
    }

    [Fact]
    public async Task A_release_that_comes_too_late_leaves_the_next_holders_lock_alone()
    {
        await using var locks = await WarmAsync(_store.NewLock());
        await using var others = _store.NewLock(isDirect: true);
        var handle = await locks.AcquireAsync(_key, Short, Cancel);
        Task<bool> release;
        IDistributedLockHandle next;
        using (_proxy.Hold(Direction.Requests))
        {
            release = handle.ReleaseAsync(Cancel).AsTask();
            next = await others.AcquireAsync(_key, Long, Cancel);
        }

        await FalseOrFailureAsync(release);
        await ShouldBeHeldAsync(next);
    }

    [Fact]
    public async Task A_renewal_that_comes_too_late_brings_nothing_back()
    {
        await using var locks = await WarmAsync(_store.NewLock());
        await using var others = _store.NewLock(isDirect: true);
        var handle = await locks.AcquireAsync(_key, Short with { AutoRenew = true }, Cancel);
        var lost = WaitForLossAsync(handle);
        IDistributedLockHandle next;
        using (_proxy.Hold(Direction.Requests))
        {
            await _proxy.WaitUntilCaughtAsync(Direction.Requests, Cancel);
            await lost;
            next = await others.AcquireAsync(_key, Long, Cancel);
        }

        (await handle.ReleaseAsync(Cancel)).ShouldBeFalse();
        await ShouldBeHeldAsync(next);
    }

    [Fact]
    public async Task An_extension_that_comes_too_late_is_none()
    {
        await using var locks = await WarmAsync(_store.NewLock());
        await using var others = _store.NewLock(isDirect: true);
        var handle = await locks.AcquireAsync(_key, Short, Cancel);
        Task extension;
        using (_proxy.Hold(Direction.Requests))
        {
            extension = handle.ExtendAsync(TimeSpan.FromMinutes(5), Cancel).AsTask();

            // Somebody held it in between, and does no more: only the store's record can tell.
            await (await others.AcquireAsync(_key, Long, Cancel)).ReleaseAsync(Cancel);
        }

        await Should.ThrowAsync<DistributedLockException>(() => extension.WaitAsync(Patience, TimeProvider.System, Cancel));
        handle.IsHeld.ShouldBeFalse();
        await ShouldBecomeFreeAsync();
    }

    [Fact]
    public async Task A_waiter_that_was_cut_off_is_served_all_the_same()
    {
        await using var locks = await WarmAsync(_store.NewLock());
        await using var others = _store.NewLock(isDirect: true);
        var holder = await others.AcquireAsync(_key, Long, Cancel);
        var accepted = _proxy.Accepted;
        Task<IDistributedLockHandle> waiter;
        using (_proxy.Hold(Direction.Replies, AnswersBefore))
        {
            waiter = locks.AcquireAsync(_key, Long, Cancel).AsTask();
            await _proxy.WaitUntilCaughtAsync(Direction.Replies, Cancel);
            _proxy.Cut();
        }

        // It has connected again before there is anything to be told.
        await UntilAsync(() => _proxy.Accepted > accepted);
        waiter.IsCompleted.ShouldBeFalse();
        (await holder.ReleaseAsync(Cancel)).ShouldBeTrue();
        await using var handle = await waiter.WaitAsync(Patience, TimeProvider.System, Cancel);
        handle.FencingToken.ShouldBeGreaterThan(holder.FencingToken);
    }

    /// <summary>
    /// Or the older one's write, though acknowledged, would be overwritten by what the newer one made of the number
    /// before.
    /// </summary>
    [Fact]
    public async Task Once_a_newer_holder_has_read_under_the_guard_an_older_one_can_not_write()
    {
        await using var counter = _store.Address.CreateCounter();
        await counter.WriteAsync(_key, 1, token: 10, Cancel);
        (await counter.ReadAsync(_key, token: 11, Cancel)).ShouldBe(1);

        await Should.ThrowAsync<StaleFencingTokenException>(() => counter.WriteAsync(_key, 2, token: 10, Cancel));
        await Should.ThrowAsync<StaleFencingTokenException>(() => counter.ReadAsync(_key, token: 10, Cancel));

        await counter.WriteAsync(_key, 3, token: 11, Cancel);
        (await counter.ReadAsync(_key, token: null, Cancel)).ShouldBe(3);
    }

    private static Task WaitForLossAsync(IDistributedLockHandle handle)
    {
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        handle.LostToken.Register(() => lost.TrySetResult());
        return lost.Task.WaitAsync(Patience, TimeProvider.System, Cancel);
    }

    private async Task ShouldFailAsync(Task<IDistributedLockHandle?> attempt)
    {
        try
        {
            // What was caught may have been the MySQL driver's own talk, and the request went out after the fault. Then
            // it is a grant like any other.
            await using var handle = await attempt.WaitAsync(Patience, TimeProvider.System, Cancel);
            AnswersBefore.ShouldBeGreaterThan(0);
            handle.ShouldNotBeNull();
        }
        catch (DistributedLockUnavailableException)
        {
            // As it should be.
        }
    }

    private static async Task FalseOrFailureAsync(Task<bool> release)
    {
        try
        {
            (await release.WaitAsync(Patience, TimeProvider.System, Cancel)).ShouldBeFalse();
        }
        catch (DistributedLockUnavailableException)
        {
            // The database ended the session with the lease, and its answer to a statement on it is an error.
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        bound.CancelAfter(Patience);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, bound.Token);
        }
    }

    /// <summary>
    /// The connection and whatever else the first use needs, such as statements that are prepared, so that a fault
    /// meets what the test is about.
    /// </summary>
    private async Task<DistributedLock> WarmAsync(DistributedLock locks)
    {
        foreach (var options in (AcquireOptions[])[Long, Once, Short])
        {
            var handle = (await locks.TryAcquireAsync(_key, options, Cancel)).ShouldNotBeNull();
            await handle.ExtendAsync(cancellationToken: Cancel);
            (await handle.ReleaseAsync(Cancel)).ShouldBeTrue();
        }

        return locks;
    }

    private async Task ShouldBecomeFreeAsync()
    {
        await using var others = _store.NewLock(isDirect: true);
        await using var handle = await others.AcquireAsync(_key, Long, Cancel);
        handle.IsHeld.ShouldBeTrue();
    }

    private async Task ShouldBeHeldAsync(IDistributedLockHandle handle)
    {
        await using var others = _store.NewLock(isDirect: true);
        (await others.TryAcquireAsync(_key, Once, Cancel)).ShouldBeNull();
        await handle.ExtendAsync(cancellationToken: Cancel);
        (await handle.ReleaseAsync(Cancel)).ShouldBeTrue();
    }
}
