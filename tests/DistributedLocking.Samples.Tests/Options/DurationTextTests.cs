using ConcurrentMutation.Options;

namespace DistributedLocking.Samples.Tests.Options;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("10s", 10_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("2m", 120_000)]
    [InlineData(" 1H ", 3_600_000)]
    [InlineData("0s", 0)]
    public void Reads_a_duration(string text, double milliseconds) => DurationText.Parse(text).TotalMilliseconds.ShouldBe(milliseconds);

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1,5s")]
    [InlineData("NaNs")]
    [InlineData("1e9s")]
    [InlineData("25h")]
    [InlineData("99999999999999999999999999s")]
    public void Refuses_what_is_no_duration(string text) => Should.Throw<FormatException>(() => DurationText.Parse(text)).Message.ShouldContain($"'{text}'");

    [Theory]
    [InlineData(5, "5 ms")]
    [InlineData(1_500, "1.5 s")]
    [InlineData(90_000, "90 s")]
    [InlineData(120_000, "2 min")]
    public void Prints_a_duration(double milliseconds, string text) => DurationText.Format(TimeSpan.FromMilliseconds(milliseconds)).ShouldBe(text);
}
