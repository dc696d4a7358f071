namespace DistributedLocking.Benchmarks.Measurement;

internal static class Statistics
{
    /// <summary>The middle value; of an even number of values, the mean of the two in the middle.</summary>
    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The smallest value that the given percentage of the values does not exceed (nearest rank).</summary>
    internal static double Percentile(IEnumerable<double> values, double percentile)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Rank(sorted.Length, percentile)];
    }

    /// <summary>The index of a percentile in sorted values.</summary>
    internal static int Rank(int count, double percentile) => Math.Clamp((int)Math.Ceiling(percentile / 100 * count) - 1, 0, count - 1);
}
