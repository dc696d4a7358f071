using System.Diagnostics;
using System.Globalization;
using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Benchmarks.Scenarios;

/// <summary>
/// What remains of keys that nobody uses any more, in this process and on the server. Both are looked at before, when
/// some keys have been used already (connections, pools and the bounded number of fencing marks are there), and after,
/// when they have had time to settle.
/// </summary>
internal sealed class MemoryScenario : IScenario
{
    private const int Callers = 64;
    private const int KeysBefore = 20_000;

    public string Name => "memory";

    public string Description => "Many keys, each locked once: what is left of them in the heap and on the server.";

    public IReadOnlyList<string> Stores => [RedisStore.StoreName];

    public int DefaultRepetitions => 1;

    public TimeSpan DefaultSlice => TimeSpan.FromSeconds(5);

    public string SliceDescription => "The settling time in milliseconds.";

    public Quantity? Quantity { get; } = new("keys", 1_000_000);

    public async Task<Report> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var store = (RedisStore)context.Store;
        var report = new Report(new ReportTable(
            "Memory after keys that were used once",
            store.Description,
            [
                Column.Number("keys used", "#,0"),
                Column.Number("cycles/s", "#,0"),
                Column.Number("heap before, bytes", "#,0"),
                Column.Number("heap after", "#,0"),
                Column.Number("heap bytes/key", "0.00"),
                Column.Number("server before, bytes", "#,0"),
                Column.Number("server after", "#,0"),
                Column.Number("server bytes/key", "0.00"),
                Column.Number("server's keys before", "#,0"),
                Column.Number("server's keys after", "#,0"),
            ]));
        for (var repetition = 0; repetition < context.Repetitions; repetition++)
        {
            await using var services = store.CreateLock(new LockUse(store.Modes[0]));
            var locks = services.GetRequiredService<IDistributedLock>();
            await UseAsync(locks, "before", KeysBefore, cancellationToken);
            var before = await SettleAsync(store, context.Slice, cancellationToken);
            var start = Stopwatch.GetTimestamp();
            await UseAsync(locks, "used", context.Quantity, cancellationToken);
            var elapsed = Stopwatch.GetElapsedTime(start);
            var after = await SettleAsync(store, context.Slice, cancellationToken);
            Add(report, context.Quantity, context.Quantity / elapsed.TotalSeconds, before, after);
        }

        return report;
    }

    private static Task UseAsync(IDistributedLock locks, string use, int count, CancellationToken cancellationToken)
    {
        var next = 0;
        return Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(CallAsync, cancellationToken)));

        async Task CallAsync()
        {
            while (Interlocked.Increment(ref next) is var key && key <= count)
            {
                await using var handle = await locks.AcquireAsync($"{use}:{key}", options: null, cancellationToken);
            }
        }
    }

    private static async Task<Footprint> SettleAsync(RedisStore store, TimeSpan settling, CancellationToken cancellationToken)
    {
        await Task.Delay(settling, TimeProvider.System, cancellationToken);

        // Twice: what has a finalizer is gone only after the second.
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return new Footprint(
            GC.GetTotalMemory(forceFullCollection: true), await store.ReadAsync("memory", "used_memory"), await store.CountKeysAsync());
    }

    private static void Add(Report report, int keys, double rate, Footprint before, Footprint after)
    {
        var heap = (double)(after.Heap - before.Heap) / keys;
        var server = (double)(after.Server - before.Server) / keys;
        report.Table.Add(keys, rate, before.Heap, after.Heap, heap, before.Server, after.Server, server, before.Keys, after.Keys);
        var scenario = string.Create(CultureInfo.InvariantCulture, $"{keys:#,0} distinct keys, used once");
        report.Findings.Add(new Finding(scenario, "bytes more in the heap, for each key", heap, Target.AtMost(1)));
        report.Findings.Add(new Finding(scenario, "bytes more on the server, for each key", server, Target.AtMost(1)));
        report.Findings.Add(new Finding(scenario, "keys more on the server", after.Keys - before.Keys, Target.AtMost(0)));
    }

    private sealed record Footprint(long Heap, long Server, long Keys);
}
