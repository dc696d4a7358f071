using DistributedLocking.Retry;
using FsCheck;
using FsCheck.Fluent;

namespace DistributedLocking.Tests.Retry;

public sealed class RetryTotalDelayTests
{
    [Theory]
    [InlineData("fixed 24d x2147483647")]
    [InlineData("linear 24d +0ms x2147483647")]
    [InlineData("linear 0ms +24d x2147483647")]
    [InlineData("exponential 24d..24d x2147483647")]
    public void A_sum_that_no_TimeSpan_holds_is_infinite(string policy) => RetryPolicy.Parse(policy).GetTotalDelay().ShouldBe(Timeout.InfiniteTimeSpan);

    [Theory]
    [InlineData("fixed 1ms x2147483647", 2_147_483_647.0)]
    [InlineData("linear 0ms +1ms x65536", 65_536.0 * 65_535 / 2)]
    [InlineData("exponential 1ms..1024ms x2147483647", 1_023 + (1_024.0 * (2_147_483_647 - 10)))]
    [InlineData("exponential 1ms..1000ms x11", 1_023 + 1_000)]
    public void The_closed_form_counts_large_numbers_of_retries(string policy, double milliseconds) =>
        RetryPolicy.Parse(policy).GetTotalDelay().ShouldBe(TimeSpan.FromTicks((long)milliseconds * TimeSpan.TicksPerMillisecond));

    [Fact]
    public void The_closed_forms_agree_with_a_count_one_by_one() =>
        Prop.ForAll(Policies(new NoRandom()).ToArbitrary(), policy => policy.GetTotalDelay() == new Copy(policy).GetTotalDelay()).QuickCheckThrowOnFailure();

    [Fact]
    public void A_policy_of_the_users_is_counted_once()
    {
        var policy = new Scripted(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(-5), TimeSpan.FromSeconds(2));

        policy.GetTotalDelay().ShouldBe(TimeSpan.FromSeconds(3));
        policy.GetTotalDelay().ShouldBe(TimeSpan.FromSeconds(3));
        policy.Asked.ShouldBe(4);
    }

    [Fact]
    public void A_policy_of_the_users_that_waits_for_ever_is_infinite() =>
        new Scripted(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan).GetTotalDelay().ShouldBe(Timeout.InfiniteTimeSpan);

    [Fact]
    public void A_policy_of_the_users_with_more_than_ten_thousand_retries_is_infinite()
    {
        new Copy(RetryPolicy.Fixed(TimeSpan.FromTicks(1), 10_000)).GetTotalDelay().ShouldBe(TimeSpan.FromTicks(10_000));
        new Copy(RetryPolicy.Fixed(TimeSpan.FromTicks(1), 10_001)).GetTotalDelay().ShouldBe(Timeout.InfiniteTimeSpan);
    }

    [Fact]
    public void A_policy_of_the_users_may_have_delays_beyond_measure()
    {
        var policy = new Scripted(TimeSpan.MaxValue, TimeSpan.MaxValue);

        policy.GetTotalDelay().ShouldBe(Timeout.InfiniteTimeSpan);
    }

    private static Gen<RetryPolicy> Policies(Random random)
    {
        var delays = Gen.Choose(1, 1_000_000).Select(value => TimeSpan.FromTicks((long)value * value * 20));
        var counts = Gen.Choose(0, 200);
        return Gen.OneOf(
            delays.SelectMany(interval => counts.Select(count => RetryPolicy.Fixed(interval, count))),
            delays.SelectMany(initial => delays.SelectMany(increment => counts.Select(count => RetryPolicy.Linear(initial, increment, count)))),
            delays.SelectMany(one => delays.SelectMany(other => counts.Select(count =>
                (RetryPolicy)new ExponentialRetry(one < other ? one : other, one < other ? other : one, count, random)))));
    }

    /// <summary>The same delays, without the closed form.</summary>
    private sealed class Copy(RetryPolicy policy) : RetryPolicy
    {
        public override TimeSpan? GetDelay(int retry) => policy.GetDelay(retry);
    }

    private sealed class Scripted(params TimeSpan[] delays) : RetryPolicy
    {
        public int Asked { get; private set; }

        public override TimeSpan? GetDelay(int retry)
        {
            Asked++;
            return retry < delays.Length ? delays[retry] : null;
        }
    }

    private sealed class NoRandom : Random
    {
        public override double NextDouble() => 0;
    }
}
