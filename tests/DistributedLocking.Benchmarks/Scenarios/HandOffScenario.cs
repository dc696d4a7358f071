using DistributedLocking.Benchmarks.HandOff;
using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Stores;
using DistributedLocking.Benchmarks.Subjects;
using DistributedLocking.Benchmarks.Subjects.Redis;

namespace DistributedLocking.Benchmarks.Scenarios;

/// <summary>
/// How long a lock that is released takes to reach the process that waits for it. Percentiles are over all hand-offs.
/// </summary>
internal sealed class HandOffScenario : Comparison<HandOffPair, HandOffSample>
{
    public override string Name => "handoff";

    public override string Description => "One process holds, another waits, the first releases: from the call of release to the return of acquire.";

    public override IReadOnlyList<string> Stores => Store.AllNames;

    public override int DefaultRepetitions => 300;

    public override TimeSpan DefaultSlice => TimeSpan.FromMilliseconds(100);

    public override string SliceDescription => "How long the lock is held, in milliseconds.";

    protected override string Title => "Hand-off between two processes";

    protected override IReadOnlyList<Column> Columns { get; } =
    [
        Column.Text("mode"),
        Column.Text("lock"),
        Column.Number("hand-offs", "#,0"),
        Column.Number("mean ms", "#,0.00"),
        Column.Number("p50 ms", "#,0.00"),
        Column.Number("p95 ms", "#,0.00"),
        Column.Number("p99 ms", "#,0.00"),
        Column.Number("longest ms", "#,0.00"),
    ];

    // The pairs warm up by themselves, with short holds.
    protected override WarmUp WarmUp { get; } = new(Least: 3, Quiet: 3, Most: 20);

    protected override Task<IReadOnlyList<HandOffPair>> CreateAsync(Store store, Situation situation) =>
        Task.FromResult<IReadOnlyList<HandOffPair>>([.. store.WaitingLocks.Select(name => new HandOffPair(store, situation.Mode, name))]);

    protected override void Add(
        Report report, Store store, Situation situation, IReadOnlyList<HandOffPair> contenders, Rounds<HandOffSample> rounds)
    {
        var milliseconds = new Dictionary<string, double[]>(StringComparer.Ordinal);
        for (var i = 0; i < contenders.Count; i++)
        {
            double[] all = [.. rounds.Of(i).Select(sample => sample.Latency.TotalMilliseconds)];
            milliseconds.Add(contenders[i].Name, all);
            report.Table.Add(
                situation.Mode,
                contenders[i].Name,
                all.Length,
                all.Average(),
                Statistics.Median(all),
                Statistics.Percentile(all, 95),
                Statistics.Percentile(all, 99),
                all.Max());
        }

        if (store is RedisStore)
        {
            const string Scenario = "hand-off between two processes, held 100 ms";
            var ours = milliseconds[WaitingLock.Name];
            report.Findings.Add(new Finding(Scenario, "p50 ms", Statistics.Median(ours), Target.AtMost(1.2)));
            report.Findings.Add(new Finding(Scenario, "p99 ms", Statistics.Percentile(ours, 99), Target.AtMost(5)));
            report.Findings.Add(new Finding(
                Scenario, "mean, of DistributedLock.Redis's", ours.Average() / milliseconds[RedisPeers.DistributedLock].Average(), Target.AtMost(0.01)));
        }
    }
}
