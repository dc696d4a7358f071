using DistributedLocking.FaultTests.Stores;

namespace DistributedLocking.FaultTests.Headline;

/// <summary>The cell of the table that must be zero.</summary>
public sealed class HeadlineTests
{
    [Fact]
    public async Task With_the_guard_nothing_is_lost()
    {
        await using var store = await StoreUnderTest.StartAsync(StoreKind.Redis);
        var guarded = await HeadlineCell.MeasureAsync(store, HeadlineMode.LockAndGuard, seed: 1, TimeSpan.FromSeconds(3));
        guarded.Written.ShouldBeGreaterThan(0);
        guarded.Lost.ShouldBe(0);
    }
}
