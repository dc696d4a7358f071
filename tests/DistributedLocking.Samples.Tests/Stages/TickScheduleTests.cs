using ConcurrentMutation.Stages;

namespace DistributedLocking.Samples.Tests.Stages;

public sealed class TickScheduleTests
{
    [Theory]
    [InlineData(-50, 0)]
    [InlineData(0, 100)]
    [InlineData(1, 100)]
    [InlineData(99, 100)]
    [InlineData(100, 200)]
    [InlineData(350, 400)]
    public void Gives_the_next_point_of_the_common_grid(int elapsed, int next) =>
        TickSchedule.After(TimeSpan.FromMilliseconds(elapsed), TimeSpan.FromMilliseconds(100)).ShouldBe(TimeSpan.FromMilliseconds(next));
}
