using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Subjects;

namespace DistributedLocking.Benchmarks.Scenarios;

/// <summary>What a lock costs that nobody else wants: each caller acquires and releases a key of its own.</summary>
internal sealed class UncontendedScenario : IScenario
{
    public string Name => "uncontended";

    public string Description => "Acquire and release without contention: throughput and bytes allocated against the raw driver.";

    public int DefaultRepetitions => 20;

    public TimeSpan DefaultSlice => TimeSpan.FromMilliseconds(250);

    public async Task<ReportTable> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var table = new ReportTable(
            "Uncontended acquire and release",
            context.Store.Description,
            [
                Column.Text("mode"),
                Column.Text("callers"),
                Column.Text("subject"),
                Column.Number("cycles/s", "#,0"),
                Column.Number("of raw", "0.00"),
                Column.Number("of raw, p25", "0.00"),
                Column.Number("of raw, p75", "0.00"),
                Column.Number("of equal work", "0.00"),

                // On a machine that others load, the typical cycle says more than a rate that whole time slices are missing from.
                Column.Number("of raw by p50", "0.00"),
                Column.Number("of equal work by p50", "0.00"),
                Column.Number("p50 µs", "#,0"),
                Column.Number("p99 µs", "#,0"),
                Column.Number("bytes/cycle", "#,0"),
                Column.Number("above raw", "#,0"),
            ]);
        foreach (var mode in context.Store.Modes)
        {
            var subjects = await context.Store.CreateSubjectsAsync(mode);
            foreach (var callers in context.Store.UncontendedCallers)
            {
                Add(table, mode, callers, subjects, await Interleaving.RunAsync(subjects, callers, context, cancellationToken));
            }

            foreach (var subject in subjects)
            {
                await subject.DisposeAsync();
            }
        }

        return table;
    }

    private static void Add(ReportTable table, string mode, int callers, IReadOnlyList<ILockSubject> subjects, IReadOnlyList<Sample[]> rounds)
    {
        for (var i = 0; i < subjects.Count; i++)
        {
            var subject = i;
            var ofRaw = rounds.Select(round => round[subject].Rate / round[0].Rate).ToArray();
            table.Add(
                mode,
                callers,
                subjects[subject].Name,
                Statistics.Median(rounds.Select(round => round[subject].Rate)),
                Statistics.Median(ofRaw),
                Statistics.Percentile(ofRaw, 25),
                Statistics.Percentile(ofRaw, 75),
                Statistics.Median(rounds.Select(round => round[subject].Rate / round[1].Rate)),
                Statistics.Median(rounds.Select(round => round[0].LatencyPercentile(50) / round[subject].LatencyPercentile(50))),
                Statistics.Median(rounds.Select(round => round[1].LatencyPercentile(50) / round[subject].LatencyPercentile(50))),
                Statistics.Median(rounds.Select(round => round[subject].LatencyPercentile(50).TotalMicroseconds)),
                Statistics.Median(rounds.Select(round => round[subject].LatencyPercentile(99).TotalMicroseconds)),
                Statistics.Median(rounds.Select(round => round[subject].BytesPerCycle)),
                Statistics.Median(rounds.Select(round => round[subject].BytesPerCycle - round[0].BytesPerCycle)));
        }
    }
}
