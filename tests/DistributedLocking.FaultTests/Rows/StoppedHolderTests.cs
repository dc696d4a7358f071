using DistributedLocking.FaultTests.Histories;
using DistributedLocking.FaultTests.Stores;
using DistributedLocking.FaultTests.Workers;

namespace DistributedLocking.FaultTests.Rows;

/// <summary>
/// A process is stopped between reading and writing, for longer than its lease, and writes when it goes on.
/// </summary>
public sealed class StoppedHolderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StoreKind.Redis)]
    [InlineData(StoreKind.RedisQuorum)]
    [InlineData(StoreKind.PostgreSqlRowLock)]
    [InlineData(StoreKind.PostgreSqlLease)]
    [InlineData(StoreKind.MySqlRowLock)]
    [InlineData(StoreKind.MySqlLease)]
    [InlineData(StoreKind.Etcd)]
    public async Task Its_loss_is_signalled_and_the_guard_refuses_its_write(StoreKind kind)
    {
        var directory = Directory.CreateTempSubdirectory("stopped-").FullName;
        await using var store = await StoreUnderTest.StartAsync(kind);
        await using var locks = store.NewLock();
        await using var counter = store.Address.CreateCounter();
        await using var worker = await WorkerProcess.StartAsync(new WorkerPlan
        {
            HistoryDirectory = directory,
            Name = "stopped",
            Store = store.Address,
            Seed = 1,
            Keys = ["number"],
            ShortestTimeToLive = TimeSpan.FromSeconds(2),
            LongestTimeToLive = TimeSpan.FromSeconds(2),
            LongestThought = TimeSpan.FromMilliseconds(50),
            Varies = false,
            StopsInHundred = 100,
            CommandTimeout = TimeSpan.FromSeconds(30),
        });

        await UntilAsync(worker.IsStopped);

        // Its first attempts may have failed on a busy machine: none gets past the stop.
        var stopped = HistoryWriter.Read(directory).Max(entry => entry.Attempt);
        await using (var handle = await locks.AcquireAsync("number", new AcquireOptions { WaitTimeout = Patience }, Cancel))
        {
            (await counter.ReadAsync("number", handle.FencingToken, Cancel)).ShouldBe(0);
            worker.Continue();
            await UntilAsync(() => Has(HistoryKind.Lost) && Has(HistoryKind.Refused));
            await counter.WriteAsync("number", 100, handle.FencingToken, Cancel);
        }

        await worker.EndAsync();
        var history = HistoryWriter.Read(directory);
        HistoryChecker.Check(history, TimeSpan.FromSeconds(2)).ShouldBeEmpty();
        history.Where(entry => entry.Attempt == stopped).Select(entry => entry.Kind).ShouldNotContain(HistoryKind.Written);
        (await counter.ReadAsync("number", token: null, Cancel)).ShouldBe(100 + HistoryChecker.Count(history, "number").Written);
        Directory.Delete(directory, recursive: true);

        bool Has(HistoryKind kind) => HistoryWriter.Read(directory).Any(entry => entry.Attempt == stopped && entry.Kind == kind);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        bound.CancelAfter(Patience);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, bound.Token);
        }
    }
}
