using System.Diagnostics;
using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Stores;
using DistributedLocking.Benchmarks.Subjects;
using DistributedLocking.Benchmarks.Workers;

namespace DistributedLocking.Benchmarks.Scenarios;

/// <summary>What waiting costs the server: many processes wait for a lock that nobody releases for a while.</summary>
internal sealed class WaitingScenario : IScenario
{
    // From the callers' start until all of them wait.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    public string Name => "waiting";

    public string Description => "Many processes wait for one lock that is not released: commands that they send meanwhile.";

    public IReadOnlyList<string> Stores => [RedisStore.StoreName];

    public int DefaultRepetitions => 3;

    public TimeSpan DefaultSlice => TimeSpan.FromSeconds(10);

    public string SliceDescription => "How long commands are counted, in milliseconds.";

    public Quantity? Quantity { get; } = new("processes", 32);

    public async Task<Report> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var report = new Report(new ReportTable(
            "Processes that wait for one lock",
            context.Store.Description,
            [
                Column.Text("hand-over"),
                Column.Text("processes"),
                Column.Number("commands/s and process", "0.000"),
                Column.Number("most of a repetition", "0.000"),
                Column.Number("all served ms after the release", "#,0"),
            ]));
        foreach (var setting in HandOver.Settings)
        {
            await using var group = new WorkerGroup(context.Store, context.Quantity, new WorkerPlan(context.Store.Modes[0], setting, Callers: 1));
            var rates = new List<double>();
            var services = new List<double>();
            for (var repetition = 0; repetition < context.Repetitions; repetition++)
            {
                var (commands, served) = await RunOnceAsync(context, group, cancellationToken);
                rates.Add(commands);
                services.Add(served.TotalMilliseconds);
            }

            report.Table.Add(setting, context.Quantity, Statistics.Median(rates), rates.Max(), Statistics.Median(services));
            report.Findings.Add(new Finding(
                $"{context.Quantity} processes waiting, hand-over {setting}", "commands a second and process", Statistics.Median(rates), Target.AtMost(1)));
        }

        return report;
    }

    private static async Task<(double Commands, TimeSpan Served)> RunOnceAsync(
        ScenarioContext context, WorkerGroup group, CancellationToken cancellationToken)
    {
        await group.PrepareAsync();
        await using var holder = await context.Store.CreateWaitingLockAsync(group.Plan.Mode, WaitingLock.Name);
        await holder.AcquireAsync(ContendingCallers.Key);

        // Each caller's turn will long be over when it gets what it waits for, so it acquires once.
        var waiting = group.RunAsync(Settling);
        await Task.Delay(Settling, TimeProvider.System, cancellationToken);
        var start = Stopwatch.GetTimestamp();
        var before = await context.Store.CountCommandsAsync();
        await Task.Delay(context.Slice, TimeProvider.System, cancellationToken);
        var commands = await context.Store.CountCommandsAsync() - before;
        var elapsed = Stopwatch.GetElapsedTime(start);
        if (waiting.IsCompleted)
        {
            // Somebody failed, whose error is in the task.
            await waiting;
            throw new InvalidOperationException("Nobody waited for a lock that is held.");
        }

        var released = Stopwatch.GetTimestamp();
        await holder.ReleaseAsync(ContendingCallers.Key);
        await waiting;
        return ((commands ?? 0) / elapsed.TotalSeconds / context.Quantity, Stopwatch.GetElapsedTime(released));
    }
}
