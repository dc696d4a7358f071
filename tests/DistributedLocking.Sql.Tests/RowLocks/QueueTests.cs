using System.Diagnostics;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;
using DistributedLocking.Testing.Conformance.Workers;

namespace DistributedLocking.Sql.Tests.RowLocks;

public sealed class MySqlQueueTests(MySqlFixture fixture) : QueueTests(fixture);

public sealed class PostgreSqlQueueTests(PostgreSqlFixture fixture) : QueueTests(fixture);

/// <summary>Waiters in the database's own queue.</summary>
public abstract class QueueTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    [Fact]
    public async Task Many_waiters_of_one_process_use_one_connection()
    {
        var holders = Database.NewLock(SqlLockMode.RowLock);
        var waiters = Database.NewLock(SqlLockMode.RowLock);
        var held = await holders.AcquireAsync("key", cancellationToken: Cancellation);

        var waiting = Enumerable.Range(0, 20).Select(_ => TakeTurnAsync(waiters)).ToArray();

        await Database.WaitingAsync(1);
        (await Database.SessionsAsync()).Count.ShouldBe(2);
        await held.ReleaseAsync(Cancellation);
        await Task.WhenAll(waiting).WaitAsync(Eventually.Bound, TimeProvider.System, Cancellation);
        (await Database.SessionsAsync()).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(-0.001)]
    public async Task A_waiter_in_the_queue_does_not_keep_the_truth_from_the_others_of_its_process(double seconds)
    {
        var waiters = Database.NewLock(SqlLockMode.RowLock);
        var held = await Database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", cancellationToken: Cancellation);
        var waiting = waiters.AcquireAsync("key", TimeSpan.FromSeconds(seconds), Cancellation).AsTask();
        await Database.WaitingAsync(1);

        var attempt = waiters.TryAcquireAsync("key", cancellationToken: Cancellation);
        attempt.IsCompletedSuccessfully.ShouldBeTrue();
        (await attempt).ShouldBeNull();
        var brief = waiters.AcquireAsync("key", TimeSpan.FromSeconds(1), Cancellation).AsTask();
        var timeout = await Should.ThrowAsync<DistributedLockTimeoutException>(brief);
        timeout.Waited.ShouldBeInRange(TimeSpan.FromSeconds(0.95), TimeSpan.FromSeconds(7));
        waiting.IsCompleted.ShouldBeFalse();

        await held.ReleaseAsync(Cancellation);
        var next = await waiting.WaitAsync(Eventually.Bound, TimeProvider.System, Cancellation);
        await next.ReleaseAsync(Cancellation);
    }

    [Fact]
    public async Task A_frozen_waiter_that_is_granted_the_row_costs_one_lease_at_most()
    {
        var lease = TimeSpan.FromSeconds(2);
        var locks = Database.NewLock(SqlLockMode.RowLock);
        var held = await locks.AcquireAsync("key", cancellationToken: Cancellation);
        await using var worker = LockWorkerProcess.Start(WorkerCommand.ForAssembly(
            TestWorker.Path, Kind.WorkerName, nameof(SqlLockMode.RowLock), Database.ConnectionString()));
        var remote = worker.TryAcquireAsync("key", LongWait with { TimeToLive = lease }, Cancellation);
        await Database.WaitingAsync(1);
        await worker.StopAsync();
        try
        {
            var next = locks.AcquireAsync("key", LongWait, Cancellation);
            var start = Stopwatch.GetTimestamp();
            await held.ReleaseAsync(Cancellation);
            var handle = await next.Within();

            // The server's own check of idle transactions, and a busy machine, come on top.
            Stopwatch.GetElapsedTime(start).ShouldBeLessThan(lease + TimeSpan.FromSeconds(10));
            await handle.ReleaseAsync(Cancellation);
        }
        finally
        {
            worker.Continue();
        }

        (await remote.Within()).ShouldNotBeNull();
    }

    [Fact]
    public async Task Waiters_of_many_processes_are_served_in_turn()
    {
        var held = await Database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", cancellationToken: Cancellation);
        var order = new List<int>();
        var waiting = new List<Task>();
        for (var i = 0; i < 6; i++)
        {
            var place = i;
            waiting.Add(TakeTurnAsync(Database.NewLock(SqlLockMode.RowLock), () => order.Add(place)));
            await Database.WaitingAsync(i + 1);
        }

        await held.ReleaseAsync(Cancellation);
        await Task.WhenAll(waiting).WaitAsync(Eventually.Bound, TimeProvider.System, Cancellation);

        order.ShouldBe(Enumerable.Range(0, 6));
    }

    private static async Task TakeTurnAsync(DistributedLock locks, Action? whileHeld = null)
    {
        var handle = await locks.AcquireAsync("key", LongWait, Cancellation);
        whileHeld?.Invoke();
        await handle.ReleaseAsync(Cancellation);
    }
}
