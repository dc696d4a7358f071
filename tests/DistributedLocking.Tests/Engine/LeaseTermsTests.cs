using DistributedLocking.Engine.Leases;

namespace DistributedLocking.Tests.Engine;

public sealed class LeaseTermsTests
{
    [Fact]
    public void What_can_be_relied_on_is_never_negative_which_could_read_as_infinite()
    {
        for (var microseconds = 0; microseconds < 3_000; microseconds++)
        {
            LeaseTerms.Usable(TimeSpan.FromMicroseconds(microseconds)).ShouldBeGreaterThanOrEqualTo(TimeSpan.Zero);
        }
    }

    [Theory]
    [InlineData(null, 60, 20)]
    [InlineData(30, 60, 20)]
    [InlineData(5, 60, 5)]
    public void A_lease_is_renewed_at_a_third_or_sooner_if_configured(int? configured, int length, int interval) =>
        LeaseTerms.RenewalInterval(configured is { } seconds ? TimeSpan.FromSeconds(seconds) : null, TimeSpan.FromSeconds(length))
            .ShouldBe(TimeSpan.FromSeconds(interval));
}
