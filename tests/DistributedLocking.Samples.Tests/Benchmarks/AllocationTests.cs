using System.Diagnostics;
using DistributedLocking.InMemory;

namespace DistributedLocking.Samples.Tests.Benchmarks;

/// <summary>Here, where no test listens to metrics and traces, for which objects are made.</summary>
public sealed class AllocationTests
{
    /// <summary>
    /// The engine's own objects, the store's lease among them: what each caller pays who meets nobody.
    /// </summary>
    [Theory]
    [InlineData(0, 656)]
    [InlineData(60, 976)]
    public async Task An_acquisition_without_contention_allocates_little(int waitSeconds, int most)
    {
        const int Cycles = 200;
        var defaults = new DistributedLockOptions();
        await using var locks = new DistributedLock(new InMemoryLockProvider(new InMemoryLockStore(), defaults), defaults);
        var options = new AcquireOptions { WaitTimeout = TimeSpan.FromSeconds(waitSeconds) };

        var least = long.MaxValue;
        var start = Stopwatch.GetTimestamp();

        // The compiler's last tier, which allocates the least, comes late on a busy machine.
        for (var round = 0; round < 50 || (least > most && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60)); round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Cycles; i++)
            {
                var handle = (await locks.TryAcquireAsync("key", options, CancellationToken.None))!;
                await handle.ReleaseAsync(CancellationToken.None);
            }

            least = Math.Min(least, (GC.GetAllocatedBytesForCurrentThread() - before) / Cycles);
        }

        least.ShouldBeInRange(1, most);
    }
}
