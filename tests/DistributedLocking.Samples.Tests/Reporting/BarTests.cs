using ConcurrentMutation.Reporting;

namespace DistributedLocking.Samples.Tests.Reporting;

public sealed class BarTests
{
    [Theory]
    [InlineData(8, 8, "████")]
    [InlineData(4, 8, "██")]
    [InlineData(3, 8, "█▌")]
    [InlineData(0.25, 8, "▏")]
    [InlineData(0.0001, 8, "▏")]
    [InlineData(0, 8, "")]
    [InlineData(0, 0, "")]
    [InlineData(9, 8, "████")]
    public void Draws_in_eighths_of_a_character(double value, double maximum, string bar) => Bar.Draw(value, maximum, width: 4).ShouldBe(bar);

    [Theory]
    [InlineData(8, "####")]
    [InlineData(0.0001, "#")]
    [InlineData(0, "")]
    public void Draws_without_block_characters(double value, string bar) => Bar.Draw(value, 8, width: 4, unicode: false).ShouldBe(bar);

    [Theory]
    [InlineData(0.1234, "0.12")]
    [InlineData(12.345, "12.3")]
    [InlineData(1234.5, "1,234")]
    public void Prints_milliseconds(double milliseconds, string text) => Number.Milliseconds(TimeSpan.FromMilliseconds(milliseconds)).ShouldBe(text);

    [Fact]
    public void Prints_a_dash_for_no_time() => Number.Milliseconds(null).ShouldBe("-");
}
