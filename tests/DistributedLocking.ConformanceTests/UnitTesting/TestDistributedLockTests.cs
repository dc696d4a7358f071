using DistributedLocking.Testing;

namespace DistributedLocking.ConformanceTests.UnitTesting;

public sealed class TestDistributedLockTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly TestDistributedLock _locks;

    public TestDistributedLockTests() => _locks = new TestDistributedLock(_time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _locks.DisposeAsync();

    [Fact]
    public async Task Grants_by_default_and_records_the_acquisition()
    {
        var locks = new TestDistributedLock();
        var handle = await locks.AcquireAsync("report", cancellationToken: Token);
        handle.IsHeld.ShouldBeTrue();
        var acquisition = locks.Acquisitions.ShouldHaveSingleItem();
        acquisition.Key.ShouldBe("report");
        acquisition.FencingToken.ShouldBe(handle.FencingToken);
        (acquisition.IsHeld, acquisition.IsReleased, acquisition.IsLost).ShouldBe((true, false, false));
        await locks.DisposeAsync();
    }

    [Fact]
    public async Task Records_when_a_lock_was_acquired_and_released()
    {
        var start = _time.GetUtcNow();
        await using (await _locks.AcquireAsync("report", cancellationToken: Token))
        {
            _time.Advance(TimeSpan.FromSeconds(5));
        }

        var acquisition = _locks.Acquisitions.ShouldHaveSingleItem();
        acquisition.AcquiredAt.ShouldBe(start);
        acquisition.ReleasedAt.ShouldBe(start + TimeSpan.FromSeconds(5));
        (acquisition.IsHeld, acquisition.IsReleased, acquisition.IsLost).ShouldBe((false, true, false));
    }

    [Fact]
    public async Task Records_each_way_to_release()
    {
        var byHandle = await _locks.AcquireAsync("handle", cancellationToken: Token);
        (await byHandle.ReleaseAsync(Token)).ShouldBeTrue();
        await _locks.AcquireAsync("key", cancellationToken: Token);
        (await _locks.ReleaseAsync("key", Token)).ShouldBeTrue();
        (await _locks.ReleaseAsync("key", Token)).ShouldBeFalse();
        var byDispose = await _locks.AcquireAsync("dispose", cancellationToken: Token);
#pragma warning disable CA1849, VSTHRD103 // The blocking dispose is what is tested.
        byDispose.Dispose();
#pragma warning restore CA1849, VSTHRD103
        _locks.Acquisitions.Select(acquisition => acquisition.IsReleased).ShouldBe([true, true, true]);
    }

    [Fact]
    public async Task A_key_held_elsewhere_is_refused_until_it_is_released()
    {
        using (_locks.HoldElsewhere("report"))
        {
            (await _locks.TryAcquireAsync("report", cancellationToken: Token)).ShouldBeNull();
            Should.Throw<InvalidOperationException>(() => _locks.HoldElsewhere("report"));
            (await _locks.TryAcquireAsync("other", cancellationToken: Token)).ShouldNotBeNull();
        }

        (await _locks.TryAcquireAsync("report", cancellationToken: Token)).ShouldNotBeNull();
        Should.Throw<InvalidOperationException>(() => _locks.HoldElsewhere("report"));
    }

    [Fact]
    public async Task A_release_elsewhere_wakes_a_waiter()
    {
        var elsewhere = _locks.HoldElsewhere("report");
        var waiter = _locks.AcquireAsync("report", new AcquireOptions { WaitTimeout = Timeout.InfiniteTimeSpan }, Token).AsTask();
        waiter.IsCompleted.ShouldBeFalse();
        elsewhere.Dispose();
        (await waiter.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token)).IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_lock_is_lost_on_demand()
    {
        var lost = await _locks.AcquireAsync("report", cancellationToken: Token);
        var kept = await _locks.AcquireAsync("other", cancellationToken: Token);
        (await _locks.LoseAsync("report")).ShouldBeTrue();
        (await _locks.LoseAsync("report")).ShouldBeFalse();
        lost.IsHeld.ShouldBeFalse();
        lost.LostToken.IsCancellationRequested.ShouldBeTrue();
        (await lost.ReleaseAsync(Token)).ShouldBeFalse();
        kept.IsHeld.ShouldBeTrue();
        _locks.Acquisitions.Select(acquisition => acquisition.IsLost).ShouldBe([true, false]);
        _locks.HoldElsewhere("report").Dispose();
        (await _locks.LoseAllAsync()).ShouldBe(1);
        kept.LostToken.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task A_lease_that_is_not_renewed_ends_with_the_manual_clock()
    {
        var handle = await _locks.AcquireAsync("report", new AcquireOptions { TimeToLive = TimeSpan.FromMinutes(1), AutoRenew = false }, Token);
        _time.Advance(TimeSpan.FromMinutes(1));
        handle.IsHeld.ShouldBeFalse();
        handle.LostToken.IsCancellationRequested.ShouldBeTrue();
        _locks.Acquisitions.ShouldHaveSingleItem().IsLost.ShouldBeTrue();
        await handle.DisposeAsync();
        _locks.Acquisitions.ShouldHaveSingleItem().IsReleased.ShouldBeFalse();
    }

    [Fact]
    public async Task A_failing_store_is_unavailable_until_it_is_restored()
    {
        var cause = new IOException("No route to host.");
        _locks.FailStore(cause);
        var failure = await Should.ThrowAsync<DistributedLockUnavailableException>(
            () => _locks.TryAcquireAsync("report", cancellationToken: Token).AsTask());
        failure.InnerException.ShouldBe(cause);
        _locks.RestoreStore();
        (await _locks.TryAcquireAsync("report", cancellationToken: Token)).ShouldNotBeNull();
    }
}
