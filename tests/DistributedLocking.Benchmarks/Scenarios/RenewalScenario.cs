using System.Diagnostics;
using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Benchmarks.Renewals;
using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Stores;
using DistributedLocking.Redis;

namespace DistributedLocking.Benchmarks.Scenarios;

/// <summary>What holding costs: this process holds many locks with the default lease and does nothing else.</summary>
internal sealed class RenewalScenario : IScenario
{
    private const int CallersWhileAcquiring = 64;

    public string Name => "renewals";

    public string Description => "Many locks held and renewed in one process: batches, CPU time, how late a renewal is at most.";

    public IReadOnlyList<string> Stores => [RedisStore.StoreName];

    public int DefaultRepetitions => 3;

    // The interval of renewals with the default lease.
    public TimeSpan DefaultSlice => TimeSpan.FromSeconds(20);

    public string SliceDescription => "How long each repetition observes, in milliseconds.";

    public Quantity? Quantity { get; } = new("locks", 10_000);

    public async Task<Report> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var options = new RedisLockOptions { Configuration = ((RedisStore)context.Store).ServerAddress };
        var interval = options.RenewalInterval ?? options.TimeToLive / 3;
        var recorder = new RenewalRecorder(new RedisLockProvider(options));
        await using var locks = new DistributedLock(recorder, options);
        var handles = await AcquireAsync(locks, context.Quantity, cancellationToken);

        // Everybody's first renewal warms up.
        await Task.Delay(interval * 1.2, TimeProvider.System, cancellationToken);
        var samples = new List<RenewalSample>();
        while (samples.Count < context.Repetitions)
        {
            samples.Add(await ObserveAsync((RedisStore)context.Store, recorder, context.Slice, interval, cancellationToken));
        }

        var lost = handles.Count(handle => !handle.IsHeld);
        await ReleaseAsync(handles);
        return Describe(context, interval, samples, lost);
    }

    private static async Task<List<IDistributedLockHandle>> AcquireAsync(DistributedLock locks, int count, CancellationToken cancellationToken)
    {
        var handles = new List<IDistributedLockHandle>(count);
        foreach (var keys in Enumerable.Range(0, count).Chunk(CallersWhileAcquiring))
        {
            handles.AddRange(await Task.WhenAll(keys.Select(key => locks.AcquireAsync($"held:{key}", options: null, cancellationToken).AsTask())));
        }

        return handles;
    }

    private static async Task ReleaseAsync(List<IDistributedLockHandle> handles)
    {
        foreach (var some in handles.Chunk(CallersWhileAcquiring))
        {
            await Task.WhenAll(some.Select(handle => handle.ReleaseAsync().AsTask()));
        }
    }

    private static async Task<RenewalSample> ObserveAsync(
        RedisStore store, RenewalRecorder recorder, TimeSpan length, TimeSpan interval, CancellationToken cancellationToken)
    {
        recorder.Take();
        var commands = await store.CountCommandsAsync() ?? 0;
        var reads = await store.ReadAsync("stats", "total_reads_processed");
        var worked = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        await Task.Delay(length, TimeProvider.System, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(start);
        worked = Environment.CpuUsage.TotalTime - worked;
        var (batches, renewals, failures, gap) = recorder.Take();
        return new RenewalSample(
            worked / elapsed,
            batches,
            renewals,
            failures,
            (gap - interval) / interval,
            (await store.CountCommandsAsync() ?? 0) - commands,
            await store.ReadAsync("stats", "total_reads_processed") - reads);
    }

    private static Report Describe(ScenarioContext context, TimeSpan interval, List<RenewalSample> samples, int lost)
    {
        var report = new Report(new ReportTable(
            string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{context.Quantity:#,0} locks held in one process, renewed every {interval.TotalSeconds:0.#} s"),
            context.Store.Description,
            [
                Column.Number("CPU, of a core", "0.000"),
                Column.Number("renewals", "#,0"),
                Column.Number("batches", "#,0"),
                Column.Number("renewals/batch", "#,0.0"),
                Column.Number("commands", "#,0"),
                Column.Number("server's reads", "#,0"),
                Column.Number("latest, of interval", "0.000"),
                Column.Number("failed", "0"),
                Column.Number("lost", "0"),
            ]));
        var cpu = Statistics.Median(samples.Select(sample => sample.Cpu));
        var perBatch = Statistics.Median(samples.Select(sample => sample.Batches > 0 ? (double)sample.Renewals / sample.Batches : 0));
        var latest = samples.Max(sample => sample.Lateness);
        report.Table.Add(
            cpu,
            Statistics.Median(samples.Select(sample => (double)sample.Renewals)),
            Statistics.Median(samples.Select(sample => (double)sample.Batches)),
            perBatch,
            Statistics.Median(samples.Select(sample => (double)sample.Commands)),
            Statistics.Median(samples.Select(sample => (double)sample.Reads)),
            latest,
            samples.Sum(sample => sample.Failures),
            lost);
        var scenario = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{context.Quantity:#,0} locks held and renewed in one process");
        report.Findings.Add(new Finding(scenario, "CPU, as a part of a core", cpu, Target.AtMost(0.05)));
        report.Findings.Add(new Finding(scenario, "renewals in a batch", perBatch, Target.AtLeast(2)));
        report.Findings.Add(new Finding(scenario, "latest renewal's delay, of the interval", latest, Target.AtMost(0.1)));
        return report;
    }

    private sealed record RenewalSample(double Cpu, int Batches, int Renewals, int Failures, double Lateness, long Commands, long Reads);
}
