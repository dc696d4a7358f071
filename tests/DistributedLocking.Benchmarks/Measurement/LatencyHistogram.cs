using System.Diagnostics;
using System.Numerics;

namespace DistributedLocking.Benchmarks.Measurement;

/// <summary>
/// Latencies of any number in little room, so that processes can tell each other theirs. A bucket is at most 1/64 wider
/// than its lower end; mean and longest are exact.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBucketBits = 6;
    private const int SubBuckets = 1 << SubBucketBits;
    private const int Buckets = (64 - SubBucketBits) * SubBuckets;

    /// <summary>How many latencies are in each bucket; buckets after the last one in use are left out.</summary>
    public List<int> Counts { get; init; } = [];

    public TimeSpan Longest { get; set; }

    public TimeSpan Sum { get; set; }

    internal long Count => Counts.Sum(count => (long)count);

    internal TimeSpan Mean => Count is > 0 and var count ? Sum / count : TimeSpan.Zero;

    internal static LatencyHistogram Merge(IEnumerable<LatencyHistogram> parts)
    {
        var all = new LatencyHistogram();
        foreach (var part in parts)
        {
            all.Longest = part.Longest > all.Longest ? part.Longest : all.Longest;
            all.Sum += part.Sum;
            all.Reach(part.Counts.Count - 1);
            for (var i = 0; i < part.Counts.Count; i++)
            {
                all.Counts[i] += part.Counts[i];
            }
        }

        return all;
    }

    /// <summary>Adds the time between two timestamps.</summary>
    internal void Add(long start, long end)
    {
        var latency = Stopwatch.GetElapsedTime(start, end);
        var bucket = Bucket(latency.Ticks);
        Reach(bucket);
        Counts[bucket]++;
        Sum += latency;
        Longest = latency > Longest ? latency : Longest;
    }

    /// <summary>The lower end of the bucket of a percentile (nearest rank).</summary>
    internal TimeSpan Percentile(double percentile)
    {
        var rank = (long)Math.Ceiling(percentile / 100 * Count);
        for (var bucket = 0; bucket < Counts.Count; bucket++)
        {
            rank -= Counts[bucket];
            if (rank <= 0)
            {
                return TimeSpan.FromTicks(LowerEnd(bucket));
            }
        }

        return TimeSpan.Zero;
    }

    private static int Bucket(long ticks)
    {
        var value = (ulong)Math.Max(ticks, 0);
        var shift = Math.Max(BitOperations.Log2(value) - SubBucketBits, 0);
        return Math.Min((shift << SubBucketBits) + (int)(value >> shift), Buckets - 1);
    }

    private static long LowerEnd(int bucket)
    {
        var shift = Math.Max((bucket >> SubBucketBits) - 1, 0);
        return (long)(bucket - (shift << SubBucketBits)) << shift;
    }

    private void Reach(int bucket)
    {
        while (Counts.Count <= bucket)
        {
            Counts.Add(0);
        }
    }
}
