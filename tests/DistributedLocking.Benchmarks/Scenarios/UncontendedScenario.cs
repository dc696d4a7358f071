using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks.Scenarios;

/// <summary>What a lock costs that nobody else wants: each caller acquires and releases a key of its own.</summary>
internal sealed class UncontendedScenario : Comparison<SubjectTurns, Sample>
{
    // The order in which a store makes them.
    private const int Raw = 0;
    private const int EqualWork = 1;
    private const int Lock = 2;
    private const int Peer = 4;

    public override string Name => "uncontended";

    public override string Description => "Acquire and release without contention: throughput and bytes allocated against the raw driver.";

    public override int DefaultRepetitions => 60;

    // Short, so that what the machine does otherwise meets all contenders of a round alike.
    public override TimeSpan DefaultSlice => TimeSpan.FromMilliseconds(100);

    protected override string Title => "Uncontended acquire and release";

    protected override IReadOnlyList<Column> Columns { get; } =
    [
        Column.Text("mode"),
        Column.Text("callers"),
        Column.Text("subject"),
        Column.Number("cycles/s", "#,0"),
        Column.Number("of raw", "0.00"),
        Column.Number("of raw, p25", "0.00"),
        Column.Number("of raw, p75", "0.00"),
        Column.Number("of equal work", "0.00"),
        Column.Number("of peer", "0.00"),

        // On a machine that others load, the typical cycle says more than a rate that whole time slices are missing
        // from.
        Column.Number("of raw by p50", "0.00"),
        Column.Number("of equal work by p50", "0.00"),
        Column.Number("p50 µs", "#,0"),
        Column.Number("p99 µs", "#,0"),
        Column.Number("bytes/cycle", "#,0"),
        Column.Number("above raw", "#,0"),
    ];

    protected override WarmUp WarmUp { get; } = new(Least: 20, Quiet: 8, Most: 150);

    protected override IEnumerable<Situation> Situations(Store store) =>
        store.Modes.SelectMany(mode => store.UncontendedCallers.Select(callers => new Situation(mode, callers)));

    protected override async Task<IReadOnlyList<SubjectTurns>> CreateAsync(Store store, Situation situation) =>
        [.. (await store.CreateSubjectsAsync(situation.Mode)).Select(subject => new SubjectTurns(subject, situation.Callers))];

    protected override void Add(Report report, Store store, Situation situation, IReadOnlyList<SubjectTurns> contenders, Rounds<Sample> rounds)
    {
        for (var i = 0; i < contenders.Count; i++)
        {
            var ofRaw = rounds.Ratios(i, Raw, sample => sample.Rate).ToArray();
            report.Table.Add(
                situation.Mode,
                situation.Callers,
                contenders[i].Name,
                rounds.Median(i, sample => sample.Rate),
                Statistics.Median(ofRaw),
                Statistics.Percentile(ofRaw, 25),
                Statistics.Percentile(ofRaw, 75),
                rounds.MedianRatio(i, EqualWork, sample => sample.Rate),
                contenders[Peer].IsPeer ? rounds.MedianRatio(i, Peer, sample => sample.Rate) : null,
                rounds.MedianRatio(i, Raw, TypicalRate),
                rounds.MedianRatio(i, EqualWork, TypicalRate),
                rounds.Median(i, sample => sample.LatencyPercentile(50).TotalMicroseconds),
                rounds.Median(i, sample => sample.LatencyPercentile(99).TotalMicroseconds),
                rounds.Median(i, sample => sample.BytesPerCycle),
                rounds.Median(i, sample => sample.BytesPerCycle) - rounds.Median(Raw, sample => sample.BytesPerCycle));
        }

        if (store is RedisStore)
        {
            AddFindings(report, situation, rounds);
        }
    }

    private static double TypicalRate(Sample sample) => 1 / sample.LatencyPercentile(50).TotalSeconds;

    private static void AddFindings(Report report, Situation situation, Rounds<Sample> rounds)
    {
        var isAlone = situation.Callers == 1;
        var scenario = $"uncontended, {situation.Callers} {(isAlone ? "caller, one key" : "callers, as many keys")}";
        report.Findings.Add(new Finding(
            scenario, "rate of the raw pair's", rounds.MedianRatio(Lock, Raw, sample => sample.Rate), Target.AtLeast(isAlone ? 0.92 : 0.65)));
        report.Findings.Add(new Finding(
            scenario, "rate of the equal-work pair's", rounds.MedianRatio(Lock, EqualWork, sample => sample.Rate), Target.AtLeast(isAlone ? 0.97 : 0.9)));
        if (isAlone)
        {
            var bytes = rounds.Median(Lock, sample => sample.BytesPerCycle) - rounds.Median(Raw, sample => sample.BytesPerCycle);
            report.Findings.Add(new Finding(scenario, "bytes allocated above the raw pair", bytes, Target.AtMost(2000)));
        }
    }
}
