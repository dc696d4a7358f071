using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Stores;
using DistributedLocking.Benchmarks.Workers;

namespace DistributedLocking.Benchmarks.Scenarios;

/// <summary>
/// What a lock yields that always has waiters and a holder with something to do. The most that one key allows is a hold
/// and one round trip for each acquisition; holds are as measured, since timers are late, and a round trip is half of
/// what acquiring and releasing takes one caller.
/// </summary>
internal sealed class PacedScenario : Comparison<WorkerGroup, ContendedSample>
{
    // The first contender.
    private const int OneCaller = 0;

    private static readonly TimeSpan Hold = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    public override string Name => "paced";

    public override string Description => "4 processes of 4 callers on one key, 2 ms in the critical section and 10 ms between: rate and waits.";

    public override int DefaultRepetitions => 5;

    public override TimeSpan DefaultSlice => TimeSpan.FromSeconds(4);

    protected override string Title => "One key, 4 processes of 4 callers, 2 ms in the critical section, 10 ms between";

    protected override IReadOnlyList<Column> Columns { get; } =
    [
        Column.Text("mode"),
        Column.Text("hand-over"),
        Column.Number("acquisitions/s", "#,0"),
        Column.Number("hold, mean ms", "0.00"),
        Column.Number("round trip ms", "0.000"),
        Column.Number("allowed/s", "#,0"),
        Column.Number("of allowed", "0.00"),
        Column.Number("wait, mean ms", "#,0.0"),
        Column.Number("wait p50 ms", "#,0.0"),
        Column.Number("wait p99.9 ms", "#,0.0"),
        Column.Number("p99.9 of mean", "0.0"),
        Column.Number("slowest process of mean", "0.00"),
    ];

    protected override WarmUp WarmUp { get; } = new(Least: 2, Quiet: 1, Most: 6);

    protected override Task<IReadOnlyList<WorkerGroup>> CreateAsync(Store store, Situation situation) => Task.FromResult<IReadOnlyList<WorkerGroup>>(
    [
        new WorkerGroup(store, 1, new WorkerPlan(situation.Mode, HandOver.Settings[0], 1)),
        .. HandOver.Settings.Select(setting => new WorkerGroup(store, 4, new WorkerPlan(situation.Mode, setting, 4, Hold, Pause))),
    ]);

    protected override void Add(
        Report report, Store store, Situation situation, IReadOnlyList<WorkerGroup> contenders, Rounds<ContendedSample> rounds)
    {
        for (var i = OneCaller + 1; i < contenders.Count; i++)
        {
            var allowed = rounds.Of(i).Zip(rounds.Of(OneCaller), Allowed).ToArray();
            var ofAllowed = Statistics.Median(rounds.Of(i).Zip(allowed, (sample, most) => sample.Rate / most));

            // Of all rounds together: one has too few waits for the thousandth longest.
            var waits = LatencyHistogram.Merge(rounds.Of(i).Select(sample => sample.Waits));
            var tail = waits.Percentile(99.9) / waits.Mean;
            report.Table.Add(
                situation.Mode,
                contenders[i].Plan.HandOver,
                rounds.Median(i, sample => sample.Rate),
                rounds.Median(i, sample => sample.Holds.Mean.TotalMilliseconds),
                rounds.Median(OneCaller, sample => RoundTrip(sample).TotalMilliseconds),
                Statistics.Median(allowed),
                ofAllowed,
                waits.Mean.TotalMilliseconds,
                waits.Percentile(50).TotalMilliseconds,
                waits.Percentile(99.9).TotalMilliseconds,
                tail,
                rounds.Median(i, sample => sample.SlowestProcess));
            if (store is RedisStore)
            {
                var scenario = $"4 processes of 4 callers, 2 ms held, 10 ms between, hand-over {contenders[i].Plan.HandOver}";
                report.Findings.Add(new Finding(scenario, "rate of what hold and round trip allow", ofAllowed, Target.AtLeast(0.85)));
                report.Findings.Add(new Finding(scenario, "p99.9 of the wait, of its mean", tail, Target.AtMost(3)));
            }
        }
    }

    private static double Allowed(ContendedSample sample, ContendedSample oneCaller) => 1 / (sample.Holds.Mean + RoundTrip(oneCaller)).TotalSeconds;

    private static TimeSpan RoundTrip(ContendedSample oneCaller) => TimeSpan.FromSeconds(1 / oneCaller.Rate / 2);
}
