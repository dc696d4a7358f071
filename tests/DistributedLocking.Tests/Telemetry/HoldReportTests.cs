using DistributedLocking.Telemetry;

namespace DistributedLocking.Tests.Telemetry;

/// <summary>An end is counted just where its beginning was.</summary>
public sealed class HoldReportTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_end_after_a_beginning_is_counted_if_that_was(bool isCounted)
    {
        var hold = default(HoldReport);

        hold.TryBegin(isCounted).ShouldBe(isCounted);
        hold.End().ShouldBe((true, isCounted));
        hold.End().ShouldBe((false, false));
    }

    [Fact]
    public void A_hold_that_ends_before_its_caller_gets_it_is_never_counted()
    {
        var hold = default(HoldReport);

        hold.End().ShouldBe((false, false));
        hold.TryBegin(isCounted: true).ShouldBeFalse();
    }
}
