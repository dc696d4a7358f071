using DistributedLocking.Benchmarks.Reporting;

namespace DistributedLocking.Samples.Tests.Benchmarks.Reporting;

public sealed class TargetTests
{
    [Fact]
    public void A_target_is_a_least_or_a_most()
    {
        Target.AtLeast(0.92).ToString().ShouldBe("≥ 0.92");
        Target.AtLeast(0.92).IsMetBy(0.92).ShouldBeTrue();
        Target.AtLeast(0.92).IsMetBy(0.91).ShouldBeFalse();
        Target.AtMost(1000).ToString().ShouldBe("≤ 1,000");
        Target.AtMost(1000).IsMetBy(1000).ShouldBeTrue();
        Target.AtMost(1000).IsMetBy(1001).ShouldBeFalse();
    }

    [Fact]
    public void What_could_not_be_measured_meets_nothing()
    {
        Target.AtLeast(0).IsMetBy(double.NaN).ShouldBeFalse();
        Target.AtMost(1).IsMetBy(double.NaN).ShouldBeFalse();
    }
}
