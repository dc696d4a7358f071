using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Sharing;

public sealed class MySqlReaderWriterRowLockTests(MySqlFixture fixture) : ReaderWriterRowLockTests(fixture);

public sealed class PlainMySqlReaderWriterRowLockTests(PlainMySqlFixture fixture) : ReaderWriterRowLockTests(fixture);

public sealed class PostgreSqlReaderWriterRowLockTests(PostgreSqlFixture fixture) : ReaderWriterRowLockTests(fixture);

/// <summary>Readers and writers in transactions of their own, whose sessions are their leases.</summary>
public abstract class ReaderWriterRowLockTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private const long Hour = 3_600_000_000;

    [Fact]
    public async Task A_killed_session_is_one_readers_share_and_no_others()
    {
        var lost = 0;
        var readers = new List<IDistributedLockHandle>();
        foreach (var locks in (DistributedLock[])[NewQuickLock(), NewQuickLock()])
        {
            var reader = await locks.AcquireReadLockAsync("key", cancellationToken: Cancellation);
            reader.LostToken.Register(() => Interlocked.Increment(ref lost));
            readers.Add(reader);
        }

        await Database.HoldingAsync(2);
        await Database.AdminAsync(Kind.Kill((await Kind.GetHoldingAsync(Database))[0]));

        await Eventually.BecomesTrueAsync(() => Volatile.Read(ref lost) == 1, "one reader has learnt of it");
        readers.Count(reader => reader.IsHeld).ShouldBe(1);
        var writers = Database.NewLock(SqlLockMode.RowLock);
        (await writers.TryAcquireWriteLockAsync("key", cancellationToken: Cancellation)).ShouldBeNull();
        (await readers.Single(reader => reader.IsHeld).ReleaseAsync(Cancellation)).ShouldBeTrue();
        (await writers.AcquireWriteLockAsync("key", LongWait, Cancellation)).IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task Who_waits_stands_in_the_databases_queue_and_readers_are_let_in_together()
    {
        var writer = await Database.NewLock(SqlLockMode.RowLock).AcquireWriteLockAsync("key", cancellationToken: Cancellation);
        var waiting = new List<Task<IDistributedLockHandle>>();
        for (var i = 0; i < 3; i++)
        {
            waiting.Add(Database.NewLock(SqlLockMode.RowLock).AcquireReadLockAsync("key", LongWait, Cancellation).AsTask());
            await Database.WaitingAsync(i + 1);
        }

        var behind = Database.NewLock(SqlLockMode.RowLock).AcquireWriteLockAsync("key", LongWait, Cancellation).AsTask();
        await Database.WaitingAsync(4);
        (await writer.ReleaseAsync(Cancellation)).ShouldBeTrue();

        var readers = await Task.WhenAll(waiting).Within();
        readers.ShouldAllBe(reader => reader.IsHeld && reader.FencingToken > writer.FencingToken);
        behind.IsCompleted.ShouldBeFalse();
        (await Database.NewLock(SqlLockMode.RowLock).TryAcquireReadLockAsync("key", cancellationToken: Cancellation)).ShouldBeNull("a writer waits");
        foreach (var reader in readers)
        {
            (await reader.ReleaseAsync(Cancellation)).ShouldBeTrue();
        }

        (await behind.Within()).FencingToken.ShouldBeGreaterThan(readers.Max(reader => reader.FencingToken));
    }

    [Fact]
    public async Task A_wait_ends_when_it_says_and_leaves_nothing()
    {
        var reader = await Database.NewLock(SqlLockMode.RowLock).AcquireReadLockAsync("key", cancellationToken: Cancellation);
        var wait = new AcquireOptions { WaitTimeout = TimeSpan.FromMilliseconds(300) };

        (await Database.NewLock(SqlLockMode.RowLock).TryAcquireWriteLockAsync("key", wait, Cancellation)).ShouldBeNull();

        await Database.WaitingAsync(0);
        (await Database.NewLock(SqlLockMode.RowLock).AcquireReadLockAsync("key", LongWait, Cancellation)).IsHeld.ShouldBeTrue();
        reader.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task Tokens_rise_where_the_mark_is_ahead_of_the_clock_and_readers_do_not_wait_for_each_other()
    {
        var locks = new[] { Database.NewLock(SqlLockMode.RowLock), Database.NewLock(SqlLockMode.RowLock) };
        await (await locks[0].AcquireWriteLockAsync("key", LongWait, Cancellation)).ReleaseAsync(Cancellation);
        await Database.HoldingAsync(0);
        await Database.SqlAsync($"UPDATE {Database.Table} SET token = {Kind.Now} + {Hour}, used_at = used_at - {Hour}");
        var last = await Database.NumberAsync($"SELECT token FROM {Database.Table}");
        for (var round = 0; round < 3; round++)
        {
            var writer = await locks[round % 2].AcquireWriteLockAsync("key", LongWait, Cancellation).AsTask().Within();
            writer.FencingToken.ShouldBeGreaterThan(last);
            await writer.ReleaseAsync(Cancellation);
            var readers = new[]
            {
                await locks[0].AcquireReadLockAsync("key", LongWait, Cancellation).AsTask().Within(),
                await locks[1].AcquireReadLockAsync("key", LongWait, Cancellation).AsTask().Within(),
            };
            readers.ShouldAllBe(reader => reader.FencingToken > writer.FencingToken);
            last = readers.Max(reader => reader.FencingToken);
            foreach (var reader in readers)
            {
                (await reader.ReleaseAsync(Cancellation)).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public async Task Nothing_is_left_of_a_lock_in_its_session()
    {
        var source = Database.NewSource("Maximum Pool Size=1", Kind.NoReset);
        var before = await Database.TextAsync(Kind.Settings, source);
        var locks = Database.NewLock(SqlLockMode.RowLock, source: source);
        await (await locks.AcquireReadLockAsync("key", cancellationToken: Cancellation)).ReleaseAsync(Cancellation);
        await (await locks.AcquireWriteLockAsync("key", cancellationToken: Cancellation)).ReleaseAsync(Cancellation);

        (await Database.TextAsync(Kind.Settings, source)).ShouldBe(before);
    }

    private DistributedLock NewQuickLock() => Database.NewLock(SqlLockMode.RowLock, options => options.RenewalInterval = TimeSpan.FromMilliseconds(200));
}
