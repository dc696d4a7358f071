using System.Diagnostics;
using DistributedLocking.Benchmarks.Subjects;

namespace DistributedLocking.Benchmarks.Measurement;

/// <summary>Callers of this process, each with a key of its own.</summary>
internal sealed class SubjectTurns(ILockSubject subject, int callers) : IContender<Sample>
{
    internal string Name => subject.Name;

    internal bool IsPeer => subject is PeerLock;

    public async Task<Sample> TakeTurnAsync(TimeSpan length)
    {
        var loops = new CallerLoop[callers];
        for (var i = 0; i < callers; i++)
        {
            loops[i] = new CallerLoop($"bench:{i}");
        }

        // Left-overs of the subject before are not this one's to collect.
        GC.Collect();
        GC.WaitForPendingFinalizers();

        var compiled = CompiledMethods.Watch();

        // Precise and of all threads: driver and lock allocate on the socket's and the pool's threads too.
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(length.TotalSeconds * Stopwatch.Frequency);
        var running = new Task[callers];
        for (var i = 0; i < callers; i++)
        {
            var loop = loops[i];
            running[i] = Task.Run(() => subject.RunAsync(loop.Until(end)));
        }

        await Task.WhenAll(running);
        var elapsed = Stopwatch.GetElapsedTime(start);
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        return new Sample(elapsed, allocated, loops, compiled.Count);
    }

    public ValueTask DisposeAsync() => subject.DisposeAsync();
}
