using System.Globalization;
using DistributedLocking.Configuration;
using FsCheck;
using FsCheck.Fluent;

namespace DistributedLocking.Tests.Configuration;

public sealed class DurationTests
{
    [Theory]
    [InlineData("250ms", 2_500_000)]
    [InlineData("0ms", 0)]
    [InlineData("0.0001ms", 1)]
    [InlineData("0.00016ms", 2)]
    [InlineData("30s", 300_000_000)]
    [InlineData("1.5 S", 15_000_000)]
    [InlineData(" 5m ", 3_000_000_000)]
    [InlineData("1h", 36_000_000_000)]
    [InlineData("2D", 1_728_000_000_000)]
    [InlineData("00:01:30", 900_000_000)]
    [InlineData("00:00:00.25", 2_500_000)]
    [InlineData("1.12:00:00", 1_296_000_000_000)]
    [InlineData("00:05", 3_000_000_000)]
    public void Reads(string text, long ticks) => Duration.Parse(text).Ticks.ShouldBe(ticks);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("ms")]
    [InlineData("5")]
    [InlineData("5 parsecs")]
    [InlineData("5us")]
    [InlineData(".5s")]
    [InlineData("NaNs")]
    [InlineData("Infinitys")]
    [InlineData("∞s")]
    [InlineData("1e3ms")]
    [InlineData("1,000ms")]
    [InlineData("-1ms")]
    [InlineData("+1ms")]
    [InlineData("-00:00:01")]
    [InlineData("24:00:00")]
    [InlineData("00:00:60")]
    [InlineData("00:60:00")]
    [InlineData("99999999.00:00:00")]
    [InlineData("10675200d")]
    [InlineData("922337203685477.6ms")]
    [InlineData("79228162514264337593543950336s")]
    [InlineData("٣s")]
    [InlineData("5m 30s")]
    public void Refuses(string text) => Should.Throw<FormatException>(() => Duration.Parse(text)).Message.ShouldContain($"'{text}'");

    [Fact]
    public void Null_is_refused() => Should.Throw<ArgumentNullException>(() => Duration.Parse(null!));

    [Theory]
    [InlineData("250ms")]
    [InlineData("1500ms")]
    [InlineData("0.5ms")]
    [InlineData("0ms")]
    [InlineData("5s")]
    [InlineData("90s")]
    [InlineData("1m")]
    [InlineData("36h")]
    [InlineData("2d")]
    public void Prints_the_longest_unit_without_a_fraction(string text) => Duration.Format(Duration.Parse(text)).ShouldBe(text);

    [Fact]
    public void The_longest_time_is_read_back() => Duration.Parse(Duration.Format(TimeSpan.MaxValue)).ShouldBe(TimeSpan.MaxValue);

    [Fact]
    public void Every_duration_is_read_back_from_its_text() =>
        Prop.ForAll(Durations().ToArbitrary(), value => Duration.Parse(Duration.Format(value)) == value).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_duration_is_read_from_the_text_of_TimeSpan() =>
        Prop.ForAll(Durations().ToArbitrary(), value => Duration.Parse(value.ToString("c", CultureInfo.InvariantCulture)) == value).QuickCheckThrowOnFailure();

    private static Gen<TimeSpan> Durations() => Gen.OneOf(
        Gen.Choose(0, int.MaxValue).Select(value => TimeSpan.FromTicks(value)),
        Gen.Choose(0, int.MaxValue).Select(value => TimeSpan.FromMilliseconds(value)),
        Gen.Choose(0, 1_000_000).Select(value => TimeSpan.FromMinutes(value)),
        Gen.Choose(0, int.MaxValue).SelectMany(high => Gen.Choose(0, int.MaxValue).Select(low => TimeSpan.FromTicks(((long)high << 32) + low))));
}
