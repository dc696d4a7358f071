using DistributedLocking.Retry;

namespace DistributedLocking.Tests.Retry;

public sealed class RetryPolicyTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    [Fact]
    public void None_gives_up_at_once()
    {
        RetryPolicy.None.GetDelay(0).ShouldBeNull();
        RetryPolicy.None.GetTotalDelay().ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Fixed_has_the_same_delay_for_each_retry_and_then_gives_up()
    {
        var policy = RetryPolicy.Fixed(Milliseconds(250), 20);

        Delays(policy, 22).ShouldBe([.. Enumerable.Repeat<TimeSpan?>(Milliseconds(250), 20), null, null]);
        policy.GetTotalDelay().ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Linear_grows_by_the_increment()
    {
        var policy = RetryPolicy.Linear(Milliseconds(100), Milliseconds(50), 3);

        Delays(policy, 4).ShouldBe([Milliseconds(100), Milliseconds(150), Milliseconds(200), null]);
        policy.GetTotalDelay().ShouldBe(Milliseconds(450));
    }

    [Fact]
    public void Linear_stops_growing_at_the_longest_delay()
    {
        var policy = RetryPolicy.Linear(TimeSpan.FromDays(10), TimeSpan.FromDays(10), 4);

        Delays(policy, 5).ShouldBe([TimeSpan.FromDays(10), TimeSpan.FromDays(20), Longest, Longest, null]);
        policy.GetTotalDelay().ShouldBe(TimeSpan.FromDays(10 + 20 + 24 + 24));
        RetryPolicy.Linear(Longest, Longest, int.MaxValue).GetDelay(int.MaxValue - 1).ShouldBe(Longest);
    }

    [Theory]
    [InlineData(0.0, 100, 200, 400, 500, 500)]
    [InlineData(0.5, 75, 150, 300, 375, 375)]
    [InlineData(1.0, 50, 100, 200, 250, 250)]
    public void Exponential_doubles_up_to_its_longest_delay_and_jitters_the_upper_half(double random, params int[] expected)
    {
        var policy = new ExponentialRetry(Milliseconds(100), Milliseconds(500), 5, new FixedRandom(random));

        Delays(policy, 6).ShouldBe([.. expected.Select(milliseconds => (TimeSpan?)Milliseconds(milliseconds)), null]);
        policy.GetTotalDelay().ShouldBe(Milliseconds(100 + 200 + 400 + 500 + 500), "the budget counts the nominal delays");
    }

    [Fact]
    public void Exponential_spreads_waiters_out_by_default()
    {
        var policy = RetryPolicy.Exponential(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), 1_000);
        var delays = Delays(policy, 1_000);

        delays.ShouldAllBe(delay => delay > Milliseconds(500) && delay <= TimeSpan.FromSeconds(1));
        delays.Distinct().Count().ShouldBeGreaterThan(900);
    }

    [Fact]
    public void Exponential_does_not_overflow()
    {
        var policy = new ExponentialRetry(TimeSpan.FromTicks(1), Longest, int.MaxValue, new FixedRandom(0));

        policy.GetDelay(3).ShouldBe(TimeSpan.FromTicks(8));
        foreach (var retry in new[] { 44, 45, 62, 63, 64, 65, 128, int.MaxValue - 1 })
        {
            policy.GetDelay(retry).ShouldBe(retry == 44 ? TimeSpan.FromTicks(1L << 44) : Longest);
        }
    }

    [Fact]
    public void Forever_never_gives_up()
    {
        var policy = RetryPolicy.Forever(Milliseconds(250));

        policy.GetDelay(0).ShouldBe(Milliseconds(250));
        policy.GetDelay(int.MaxValue).ShouldBe(Milliseconds(250));
        policy.GetTotalDelay().ShouldBe(Timeout.InfiniteTimeSpan);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("fixed 1s x1")]
    [InlineData("linear 1s +1s x1")]
    [InlineData("exponential 1s..2s x1")]
    [InlineData("forever 1s")]
    public void A_negative_retry_is_refused(string policy) =>
        Should.Throw<ArgumentOutOfRangeException>(() => RetryPolicy.Parse(policy).GetDelay(-1)).ParamName.ShouldBe("retry");

    public static TheoryData<string, Func<RetryPolicy>> BadArguments => new()
    {
        { "interval", () => RetryPolicy.Fixed(TimeSpan.FromTicks(-1), 1) },
        { "interval", () => RetryPolicy.Fixed(Timeout.InfiniteTimeSpan, 1) },
        { "interval", () => RetryPolicy.Fixed(Longest + TimeSpan.FromTicks(1), 1) },
        { "maxRetries", () => RetryPolicy.Fixed(TimeSpan.Zero, -1) },
        { "initial", () => RetryPolicy.Linear(TimeSpan.FromTicks(-1), TimeSpan.Zero, 1) },
        { "increment", () => RetryPolicy.Linear(TimeSpan.Zero, TimeSpan.FromTicks(-1), 1) },
        { "increment", () => RetryPolicy.Linear(TimeSpan.Zero, TimeSpan.MaxValue, 1) },
        { "maxRetries", () => RetryPolicy.Linear(TimeSpan.Zero, TimeSpan.Zero, -1) },
        { "initial", () => RetryPolicy.Exponential(TimeSpan.Zero, Longest, 1) },
        { "max", () => RetryPolicy.Exponential(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1), 1) },
        { "max", () => RetryPolicy.Exponential(TimeSpan.FromSeconds(2), TimeSpan.MaxValue, 1) },
        { "maxRetries", () => RetryPolicy.Exponential(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), -1) },
        { "interval", () => RetryPolicy.Forever(TimeSpan.Zero) },
        { "interval", () => RetryPolicy.Forever(TimeSpan.MaxValue) },
    };

    [Theory]
    [MemberData(nameof(BadArguments), DisableDiscoveryEnumeration = true)]
    public void Arguments_out_of_range_are_refused_by_name(string parameter, Func<RetryPolicy> create) =>
        Should.Throw<ArgumentOutOfRangeException>(create).ParamName.ShouldBe(parameter);

    [Fact]
    public void No_delay_and_no_retry_are_allowed()
    {
        RetryPolicy.Fixed(TimeSpan.Zero, 1).GetDelay(0).ShouldBe(TimeSpan.Zero);
        RetryPolicy.Fixed(TimeSpan.FromSeconds(1), 0).GetDelay(0).ShouldBeNull();
        RetryPolicy.Fixed(Longest, 1).GetDelay(0).ShouldBe(Longest);
    }

    private static List<TimeSpan?> Delays(RetryPolicy policy, int count) => [.. Enumerable.Range(0, count).Select(policy.GetDelay)];

    private static TimeSpan Milliseconds(int value) => TimeSpan.FromMilliseconds(value);

    private sealed class FixedRandom(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
