using DistributedLocking.Engine.CleanUp;

namespace DistributedLocking.Tests.Engine;

public sealed class CleanUpPaceTests
{
    [Theory]
    [InlineData(0, 50)]
    [InlineData(50, 50)]
    [InlineData(400, 400)]
    [InlineData(9_000, 9_000)]
    [InlineData(3_600_000, 10_000)]
    public void An_orphan_is_looked_at_again_after_as_long_as_it_has_been_one(int age, int pause) =>
        CleanUpPace.NextLook(TimeSpan.FromMilliseconds(age)).ShouldBe(TimeSpan.FromMilliseconds(pause));

    [Theory]
    [InlineData(1, 50)]
    [InlineData(2, 100)]
    [InlineData(7, 3_200)]
    [InlineData(8, 5_000)]
    [InlineData(int.MaxValue, 5_000)]
    public void A_store_that_fails_on_is_tried_ever_less_often(int failures, int pause) =>
        CleanUpPace.NextProbe(failures).ShouldBe(TimeSpan.FromMilliseconds(pause));
}
