using DistributedLocking.FaultTests.Stores;

namespace DistributedLocking.FaultTests.Headline;

/// <summary>A cell or two of the table, so that its command is known to work: the guard loses nothing, and without a lock much is lost.</summary>
public sealed class HeadlineTests
{
    [Fact]
    public async Task With_the_guard_nothing_is_lost_and_without_a_lock_much()
    {
        await using var store = await StoreUnderTest.StartAsync(StoreKind.Redis);
        var guarded = await HeadlineCell.MeasureAsync(store, HeadlineMode.LockAndGuard, seed: 1, TimeSpan.FromSeconds(3));
        guarded.Written.ShouldBeGreaterThan(0);
        guarded.Lost.ShouldBe(0);

        (await HeadlineCell.MeasureAsync(store, HeadlineMode.NoLock, seed: 1, TimeSpan.FromSeconds(1))).Lost.ShouldBeGreaterThan(0);
    }
}
