using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Stores;
using DistributedLocking.Benchmarks.Workers;

namespace DistributedLocking.Benchmarks.Scenarios;

/// <summary>
/// What a lock yields that many want: callers in one process, and in several, on one key with an empty critical
/// section.
/// </summary>
internal sealed class ContendedScenario : Comparison<WorkerGroup, ContendedSample>
{
    // The first contender: what the others are compared with.
    private const int OneCaller = 0;

    public override string Name => "contended";

    public override string Description => "Many callers on one key, in one process and in four: throughput, fairness, waits, commands, connections.";

    public override int DefaultRepetitions => 7;

    public override TimeSpan DefaultSlice => TimeSpan.FromSeconds(2);

    protected override string Title => "One key, many callers, empty critical section";

    protected override IReadOnlyList<Column> Columns { get; } =
    [
        Column.Text("mode"),
        Column.Text("processes"),
        Column.Text("callers in each"),
        Column.Text("hand-over"),
        Column.Number("acquisitions/s", "#,0"),
        Column.Number("of one caller", "0.00"),
        Column.Number("wait p50 ms", "0.00"),
        Column.Number("wait p99 ms", "#,0.0"),
        Column.Number("longest wait ms", "#,0.0"),
        Column.Number("fewest of a caller", "#,0"),
        Column.Number("most of a caller", "#,0"),
        Column.Number("slowest caller of mean", "0.00"),
        Column.Number("slowest process of mean", "0.00"),
        Column.Number("commands an acquisition", "0.00"),
        Column.Number("connections", "0"),
    ];

    protected override WarmUp WarmUp { get; } = new(Least: 3, Quiet: 2, Most: 10);

    protected override Task<IReadOnlyList<WorkerGroup>> CreateAsync(Store store, Situation situation)
    {
        List<WorkerGroup> groups = [Group(1, 1, HandOver.Settings[0])];
        foreach (var setting in HandOver.Settings)
        {
            groups.Add(Group(1, 16, setting));
            groups.Add(Group(4, 4, setting));
        }

        return Task.FromResult<IReadOnlyList<WorkerGroup>>(groups);

        WorkerGroup Group(int processes, int callers, string handOver) => new(store, processes, new WorkerPlan(situation.Mode, handOver, callers));
    }

    protected override void Add(
        Report report, Store store, Situation situation, IReadOnlyList<WorkerGroup> contenders, Rounds<ContendedSample> rounds)
    {
        // Every worker process, idle or not, keeps the connection that its store was opened with.
        var observers = contenders.Sum(group => group.Processes);
        for (var i = 0; i < contenders.Count; i++)
        {
            report.Table.Add(
                situation.Mode,
                contenders[i].Processes,
                contenders[i].Plan.Callers,
                i == OneCaller ? null : contenders[i].Plan.HandOver,
                rounds.Median(i, sample => sample.Rate),
                rounds.MedianRatio(i, OneCaller, sample => sample.Rate),
                rounds.Median(i, sample => sample.Waits.Percentile(50).TotalMilliseconds),
                rounds.Median(i, sample => sample.Waits.Percentile(99).TotalMilliseconds),
                rounds.Median(i, sample => sample.Waits.Longest.TotalMilliseconds),
                rounds.Median(i, sample => sample.Fewest),
                rounds.Median(i, sample => sample.Most),
                rounds.Median(i, sample => sample.SlowestCaller),
                rounds.Median(i, sample => sample.SlowestProcess),
                CommandsPerAcquisition(rounds, i),
                rounds.Median(i, sample => sample.Connections - observers));
            if (store is RedisStore && i != OneCaller)
            {
                AddFindings(report, contenders[i], rounds, i);
            }
        }
    }

    private static double? CommandsPerAcquisition(Rounds<ContendedSample> rounds, int contender) =>
        rounds.Of(contender).All(sample => sample.CommandsPerAcquisition is not null)
            ? rounds.Median(contender, sample => sample.CommandsPerAcquisition!.Value)
            : null;

    private static void AddFindings(Report report, WorkerGroup group, Rounds<ContendedSample> rounds, int contender)
    {
        var handsOver = group.Plan.HandOver == HandOver.On;

        // One caller after the other is twice as fast on the driver's third version.
        var isFastDriver = RedisStore.Driver.Major >= 3;
        var isOneProcess = group.Processes == 1;
        var (least, callers) = (isOneProcess, handsOver) switch
        {
            (true, true) => (isFastDriver ? 5 : 10, "16 callers of one process"),
            (true, false) => (1, "16 callers of one process"),
            (false, true) => (5, "4 processes of 4 callers"),
            (false, false) => (isFastDriver ? 0.5 : 0.7, "4 processes of 4 callers"),
        };
        var scenario = $"{callers}, one key, hand-over {group.Plan.HandOver}";
        report.Findings.Add(new Finding(
            scenario, "rate of one caller's", rounds.MedianRatio(contender, OneCaller, sample => sample.Rate), Target.AtLeast(least)));
        if (isOneProcess)
        {
            report.Findings.Add(new Finding(
                scenario, "slowest caller of the mean", rounds.Median(contender, sample => sample.SlowestCaller), Target.AtLeast(0.9)));
        }
        else
        {
            report.Findings.Add(new Finding(
                scenario, "slowest process of the mean", rounds.Median(contender, sample => sample.SlowestProcess), Target.AtLeast(0.8)));
            report.Findings.Add(new Finding(
                scenario, "client commands an acquisition", CommandsPerAcquisition(rounds, contender) ?? 0, Target.AtMost(3)));
        }
    }
}
