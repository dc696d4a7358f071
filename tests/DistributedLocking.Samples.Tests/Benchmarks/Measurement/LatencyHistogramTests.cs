using System.Diagnostics;
using System.Text.Json;
using DistributedLocking.Benchmarks.Measurement;

namespace DistributedLocking.Samples.Tests.Benchmarks.Measurement;

public sealed class LatencyHistogramTests
{
    [Theory]
    [InlineData(50)]
    [InlineData(99)]
    [InlineData(99.9)]
    [InlineData(100)]
    public void A_percentile_is_at_most_a_sixty_fourth_below_the_exact_one(double percentile)
    {
        var chance = new Random(1);
        long[] microseconds = [.. Enumerable.Range(0, 5000).Select(_ => (long)Math.Exp(chance.NextDouble() * 18))];
        var histogram = Of(microseconds);

        var exact = Statistics.Percentile(microseconds.Select(value => (double)value), percentile);
        histogram.Percentile(percentile).TotalMicroseconds.ShouldBeInRange(exact * 63 / 64, exact);
    }

    [Fact]
    public void Mean_and_longest_are_exact()
    {
        var histogram = Of(100, 200, 1_000_003);

        histogram.Count.ShouldBe(3);
        histogram.Longest.ShouldBe(TimeSpan.FromMicroseconds(1_000_003));
        histogram.Mean.ShouldBe(TimeSpan.FromMicroseconds(333_434.3));
    }

    [Fact]
    public void Parts_that_went_from_process_to_process_are_as_one()
    {
        var parts = new[] { Of(5, 70, 900), Of(), Of(2_000_000) };

        var merged = LatencyHistogram.Merge(parts.Select(part => JsonSerializer.Deserialize<LatencyHistogram>(JsonSerializer.Serialize(part))!));

        var whole = Of(5, 70, 900, 2_000_000);
        merged.Counts.ShouldBe(whole.Counts);
        merged.Mean.ShouldBe(whole.Mean);
        merged.Longest.ShouldBe(whole.Longest);
    }

    [Fact]
    public void Nothing_has_no_latency()
    {
        var nothing = Of();

        nothing.Mean.ShouldBe(TimeSpan.Zero);
        nothing.Percentile(99).ShouldBe(TimeSpan.Zero);
    }

    private static LatencyHistogram Of(params long[] microseconds)
    {
        var histogram = new LatencyHistogram();
        foreach (var latency in microseconds)
        {
            histogram.Add(0, latency * (Stopwatch.Frequency / 1_000_000));
        }

        return histogram;
    }
}
