using FsCheck;
using FsCheck.Fluent;

namespace DistributedLocking.Tests.Retry;

public sealed class RetryPolicyParserTests
{
    public static TheoryData<string, RetryPolicy> Texts => new()
    {
        { "none", RetryPolicy.None },
        { " NONE ", RetryPolicy.None },
        { "fixed 250ms x20", RetryPolicy.Fixed(TimeSpan.FromMilliseconds(250), 20) },
        { "FIXED 250MS X20", RetryPolicy.Fixed(TimeSpan.FromMilliseconds(250), 20) },
        { "\tfixed  250 ms  x20 ", RetryPolicy.Fixed(TimeSpan.FromMilliseconds(250), 20) },
        { "fixed 00:01:30 x0", RetryPolicy.Fixed(TimeSpan.FromSeconds(90), 0) },
        { "linear 100ms +50ms x10", RetryPolicy.Linear(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(50), 10) },
        { "Linear 100ms + 0.5s x10", RetryPolicy.Linear(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500), 10) },
        { "exponential 50ms..5s x30", RetryPolicy.Exponential(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5), 30) },
        { "exponential 0.5s .. 1.00:00:00 x30", RetryPolicy.Exponential(TimeSpan.FromMilliseconds(500), TimeSpan.FromDays(1), 30) },
        { "forever 250ms", RetryPolicy.Forever(TimeSpan.FromMilliseconds(250)) },
    };

    [Theory]
    [MemberData(nameof(Texts), DisableDiscoveryEnumeration = true)]
    public void Reads(string text, RetryPolicy expected) => RetryPolicy.Parse(text).ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("nothing")]
    [InlineData("none x1")]
    [InlineData("fixed")]
    [InlineData("fixed 250ms")]
    [InlineData("fixed x20")]
    [InlineData("fixed 250 x20")]
    [InlineData("fixed 250ms 20")]
    [InlineData("fixed 250ms x")]
    [InlineData("fixed 250ms x-1")]
    [InlineData("fixed 250ms x1.5")]
    [InlineData("fixed 250ms x2147483648")]
    [InlineData("fixed -250ms x20")]
    [InlineData("fixed 250ms x20 x20")]
    [InlineData("fixed 2 50ms x20")]
    [InlineData("fixed250ms x20")]
    [InlineData("fixed 25d x20")]
    [InlineData("linear 100ms x10")]
    [InlineData("linear 100ms 50ms x10")]
    [InlineData("linear 100ms +50ms +50ms x10")]
    [InlineData("linear 100ms +-50ms x10")]
    [InlineData("exponential 50ms x30")]
    [InlineData("exponential 50ms...5s x30")]
    [InlineData("exponential 5s..50ms x30")]
    [InlineData("exponential 0ms..50ms x30")]
    [InlineData("forever")]
    [InlineData("forever 0ms")]
    [InlineData("forever 250ms x20")]
    public void What_it_cannot_read_is_named_with_the_grammar(string text)
    {
        var error = Should.Throw<FormatException>(() => RetryPolicy.Parse(text));

        error.Message.ShouldContain($"'{text}'");
        error.Message.ShouldContain("fixed <interval> x<retries>");
    }

    [Fact]
    public void The_error_says_which_part_is_wrong()
    {
        Should.Throw<FormatException>(() => RetryPolicy.Parse("fixed 250 x20")).Message.ShouldContain("'250' is not a duration");
        Should.Throw<FormatException>(() => RetryPolicy.Parse("fixed 250ms 20")).Message.ShouldContain("'20' is not a number of retries");
        Should.Throw<FormatException>(() => RetryPolicy.Parse("forever 25d")).Message.ShouldContain("interval");
    }

    [Fact]
    public void Null_is_refused() => Should.Throw<ArgumentNullException>(() => RetryPolicy.Parse(null!));

    [Theory]
    [InlineData("none")]
    [InlineData("fixed 250ms x20")]
    [InlineData("linear 100ms +1m x10")]
    [InlineData("exponential 50ms..5s x30")]
    [InlineData("forever 1500ms")]
    public void Prints_what_it_reads(string text) => RetryPolicy.Parse(text).ToString().ShouldBe(text);

    [Fact]
    public void Every_policy_is_read_back_from_its_text() =>
        Prop.ForAll(Policies().ToArbitrary(), policy =>
        {
            var copy = RetryPolicy.Parse(policy.ToString()!);
            return copy.Equals(policy) && copy.GetHashCode() == policy.GetHashCode() && copy.GetTotalDelay() == policy.GetTotalDelay();
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Policies_with_other_values_differ()
    {
        var policies = new[]
        {
            "none", "fixed 1s x2", "fixed 2s x2", "fixed 1s x3", "linear 1s +1s x2", "linear 1s +2s x2", "exponential 1s..2s x2", "forever 1s",
        };

        policies.Select(RetryPolicy.Parse).Distinct().Count().ShouldBe(policies.Length);
        RetryPolicy.None.Equals(null).ShouldBeFalse();
        RetryPolicy.None.Equals("none").ShouldBeFalse();
    }

    private static Gen<RetryPolicy> Policies()
    {
        var delays = Gen.OneOf(
            Gen.Choose(1, 86_400).Select(value => TimeSpan.FromSeconds(value)),
            Gen.Choose(1, int.MaxValue).Select(value => TimeSpan.FromTicks(value)),
            Gen.Choose(1, 24).Select(value => TimeSpan.FromDays(value)));
        var counts = Gen.Choose(0, int.MaxValue);
        return Gen.OneOf(
            Gen.Constant(RetryPolicy.None),
            delays.Select(RetryPolicy.Forever),
            delays.SelectMany(interval => counts.Select(count => RetryPolicy.Fixed(interval, count))),
            delays.SelectMany(initial => delays.SelectMany(increment => counts.Select(count => RetryPolicy.Linear(initial, increment, count)))),
            delays.SelectMany(one => delays.SelectMany(other => counts.Select(count =>
                RetryPolicy.Exponential(one < other ? one : other, one < other ? other : one, count)))));
    }
}
