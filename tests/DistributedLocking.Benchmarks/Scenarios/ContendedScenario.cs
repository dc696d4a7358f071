using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Workers;

namespace DistributedLocking.Benchmarks.Scenarios;

/// <summary>What a lock yields that many want: callers in one process, and in several, on one key with an empty critical section.</summary>
internal sealed class ContendedScenario : IScenario
{
    // The first is what the others are compared with.
    private static readonly (int Processes, int Callers)[] Arrangements = [(1, 1), (1, 16), (4, 4)];

    public string Name => "contended";

    public string Description => "Many callers on one key, in one process and in four: throughput, fairness, longest wait, connections on the server.";

    public int DefaultRepetitions => 7;

    public TimeSpan DefaultSlice => TimeSpan.FromSeconds(2);

    public async Task<ReportTable> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var table = new ReportTable(
            "One key, many callers, empty critical section",
            context.Store.Description,
            [
                Column.Text("mode"),
                Column.Text("processes"),
                Column.Text("callers in each"),
                Column.Number("acquisitions/s", "#,0"),
                Column.Number("of one caller", "0.00"),
                Column.Number("longest wait ms", "#,0.0"),
                Column.Number("fewest/caller", "#,0"),
                Column.Number("most/caller", "#,0"),
                Column.Number("slowest caller of mean", "0.00"),
                Column.Number("slowest process of mean", "0.00"),
                Column.Number("connections", "0"),
            ]);
        foreach (var mode in context.Store.Modes)
        {
            var groups = Arrangements.Select(arrangement => new WorkerGroup(context.Store, mode, arrangement.Processes, arrangement.Callers)).ToArray();
            try
            {
                var rounds = await MeasureAsync(groups, context, cancellationToken);
                for (var i = 0; i < groups.Length; i++)
                {
                    Add(table, mode, groups, i, rounds);
                }
            }
            finally
            {
                foreach (var group in groups)
                {
                    await group.DisposeAsync();
                }
            }
        }

        return table;
    }

    private static async Task<List<ContendedSample[]>> MeasureAsync(WorkerGroup[] groups, ScenarioContext context, CancellationToken cancellationToken)
    {
        // The first round warms up.
        var rounds = new List<ContendedSample[]>();
        for (var round = -1; round < context.Repetitions; round++)
        {
            var samples = new ContendedSample[groups.Length];
            for (var turn = 0; turn < groups.Length; turn++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var group = (turn + round + 1) % groups.Length;
                samples[group] = await groups[group].RunAsync(context.Slice);
            }

            if (round >= 0)
            {
                rounds.Add(samples);
            }
        }

        return rounds;
    }

    private static void Add(ReportTable table, string mode, WorkerGroup[] groups, int group, List<ContendedSample[]> rounds)
    {
        // Every worker process, idle or not, keeps the connection that its store was opened with.
        var observers = groups.Sum(other => other.Processes);
        table.Add(
            mode,
            groups[group].Processes,
            groups[group].Callers,
            Median(sample => sample.Rate),
            Statistics.Median(rounds.Select(round => round[group].Rate / round[0].Rate)),
            Median(sample => sample.LongestWait.TotalMilliseconds),
            Median(sample => sample.Fewest),
            Median(sample => sample.Most),
            Median(sample => sample.SlowestCaller),
            Median(sample => sample.SlowestProcess),
            Median(sample => sample.Connections - observers));

        double Median(Func<ContendedSample, double> figure) => Statistics.Median(rounds.Select(round => figure(round[group])));
    }
}
