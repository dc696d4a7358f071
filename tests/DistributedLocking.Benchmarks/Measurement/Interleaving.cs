using System.Diagnostics;
using DistributedLocking.Benchmarks.Scenarios;
using DistributedLocking.Benchmarks.Subjects;

namespace DistributedLocking.Benchmarks.Measurement;

/// <summary>
/// Gives the subjects short turns in a changing order, so that what else the machine does meets all of them alike. Figures of one round are
/// compared with each other; the medians are over the rounds.
/// </summary>
internal static class Interleaving
{
    private const int WarmUpRounds = 4;

    /// <summary>Returns the rounds, each with one sample for each subject in the order given.</summary>
    internal static async Task<IReadOnlyList<Sample[]>> RunAsync(
        IReadOnlyList<ILockSubject> subjects, int callers, ScenarioContext context, CancellationToken cancellationToken)
    {
        var rounds = new List<Sample[]>();
        for (var round = -WarmUpRounds; round < context.Repetitions; round++)
        {
            var samples = new Sample[subjects.Count];
            for (var turn = 0; turn < samples.Length; turn++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var subject = (turn + round + WarmUpRounds) % samples.Length;
                samples[subject] = await MeasureAsync(subjects[subject], callers, context.Slice);
            }

            if (round >= 0)
            {
                rounds.Add(samples);
            }
        }

        return rounds;
    }

    private static async Task<Sample> MeasureAsync(ILockSubject subject, int callers, TimeSpan length)
    {
        var loops = new CallerLoop[callers];
        for (var i = 0; i < callers; i++)
        {
            loops[i] = new CallerLoop($"bench:{i}");
        }

        // Left-overs of the subject before are not this one's to collect.
        GC.Collect();
        GC.WaitForPendingFinalizers();

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
        return new Sample(elapsed, allocated, loops);
    }
}
