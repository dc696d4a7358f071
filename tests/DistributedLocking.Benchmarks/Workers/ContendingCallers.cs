using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Benchmarks.Workers;

/// <summary>Callers of one process that want the same key again and again, with nothing to do while they have it.</summary>
internal sealed class ContendingCallers(ServiceProvider services, int callers) : IAsyncDisposable
{
    private const int WarmUpCycles = 200;

    // A caller that starves is to be seen in its wait, not in an exception.
    private static readonly AcquireOptions Patient = new() { WaitTimeout = Timeout.InfiniteTimeSpan };

    private readonly IDistributedLock _locks = services.GetRequiredService<IDistributedLock>();

    /// <summary>Connects, and has the code compiled.</summary>
    internal async Task WarmUpAsync()
    {
        var key = $"warm-up:{Environment.ProcessId}";
        for (var i = 0; i < WarmUpCycles; i++)
        {
            await using var handle = await _locks.AcquireAsync(key);
        }
    }

    internal async Task<WorkerResult> RunAsync(TimeSpan length)
    {
        var end = Stopwatch.GetTimestamp() + (long)(length.TotalSeconds * Stopwatch.Frequency);
        var results = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(() => CallAsync(end))));
        return new WorkerResult([.. results.Select(result => result.Acquisitions)], results.Max(result => result.LongestWait));
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();

    private async Task<(int Acquisitions, TimeSpan LongestWait)> CallAsync(long end)
    {
        var acquisitions = 0;
        var longest = TimeSpan.Zero;
        while (Stopwatch.GetTimestamp() is var start && start < end)
        {
            var handle = await _locks.AcquireAsync("contended", Patient);
            var now = Stopwatch.GetTimestamp();
            var waited = Stopwatch.GetElapsedTime(start, now);
            longest = waited > longest ? waited : longest;
            acquisitions += now <= end ? 1 : 0;
            if (!await handle.ReleaseAsync())
            {
                throw Subjects.Subject.NotReleased();
            }
        }

        return (acquisitions, longest);
    }
}
