using System.Data;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Sharing;
using DistributedLocking.Sql.Tables;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Sharing;

public sealed class MySqlHolderTests(MySqlFixture fixture) : HolderTests(fixture);

public sealed class PostgreSqlHolderTests(PostgreSqlFixture fixture) : HolderTests(fixture)
{
    /// <summary>The end of a watch without a time is a notification: nothing else ends it.</summary>
    [Theory]
    [InlineData(SqlLockMode.RowLock, LockMode.Counted)]
    [InlineData(SqlLockMode.Lease, LockMode.Counted)]
    [InlineData(SqlLockMode.Lease, LockMode.Shared)]
    public async Task A_release_is_told_to_those_who_wait_and_so_is_that_one_of_them_left(SqlLockMode mode, LockMode kind)
    {
        var provider = Database.NewProvider(mode);
        var others = Database.NewProvider(mode);
        (await provider.TryAcquireAsync(Request("a", kind), Cancellation)).IsGranted.ShouldBeTrue();
        (await others.TryAcquireAsync(Waiting("b", kind), Cancellation)).IsGranted.ShouldBeFalse();
        (await others.TryAcquireAsync(Waiting("c", kind), Cancellation)).IsGranted.ShouldBeFalse();
        var watch = (await others.WatchAsync(Waiting("c", kind), Cancellation)).ShouldNotBeNull();
        await using (watch)
        {
            (await provider.ReleaseAsync(Lease("a", kind), Cancellation)).ShouldBeTrue();
            await watch.WaitAsync(Cancellation).Within();
            (await others.TryAcquireAsync(Waiting("c", kind), Cancellation)).IsGranted.ShouldBeFalse("another came before");

            await others.LeaveAsync(Lease("b", kind), Cancellation);
            await watch.WaitAsync(Cancellation).Within();
            (await others.TryAcquireAsync(Waiting("c", kind), Cancellation)).IsGranted.ShouldBeTrue();
        }
    }
}

/// <summary>Leases in the table of holders: semaphores in both modes, and reader-writer locks in the lease mode.</summary>
public abstract class HolderTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private protected static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private const string Holders = "distributed_lock_holder";

    /// <summary>What one statement would decide by was there before it waited for its turn.</summary>
    [Fact]
    public async Task Attempts_that_wait_for_their_turn_decide_by_what_is_there_after_it()
    {
        const int Attempts = 6;
        var provider = Database.NewProvider(SqlLockMode.Lease);
        (await provider.TryAcquireAsync(Request("first", LockMode.Counted), Cancellation)).IsGranted.ShouldBeTrue();
        (await provider.ReleaseAsync(Lease("first", LockMode.Counted), Cancellation)).ShouldBeTrue();
        Task<AcquireReply>[] attempts;
        await using (var connection = await Database.Source.OpenConnectionAsync(Cancellation))
        {
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, Cancellation);
            await transaction.ReadAsync($"SELECT token FROM {Database.Table} WHERE lock_key = 's5:lock:key' FOR UPDATE");
            attempts = [.. Enumerable.Range(0, Attempts).Select(i => provider.TryAcquireAsync(Request($"owner {i}", LockMode.Counted, limit: 2), Cancellation).AsTask())];
            await Database.WaitingAsync(Attempts);
            await transaction.RollbackAsync(Cancellation);
        }

        var replies = await Task.WhenAll(attempts).Within();

        replies.Count(reply => reply.IsGranted).ShouldBe(2);
        replies.Where(reply => !reply.IsGranted).ShouldAllBe(reply => reply.HolderExpiresIn > TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task An_old_snapshot_changes_nothing()
    {
        var provider = Database.NewProvider(SqlLockMode.Lease);
        (await provider.TryAcquireAsync(Request("first", LockMode.Shared), Cancellation)).IsGranted.ShouldBeTrue();
        await using var connection = await Database.Source.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, Cancellation);
        await transaction.ReadAsync($"SELECT COUNT(*) FROM {Holders}");
        (await provider.TryAcquireAsync(Request("second", LockMode.Shared), Cancellation)).IsGranted.ShouldBeFalse();
        (await provider.ReleaseAsync(Lease("first", LockMode.Shared), Cancellation)).ShouldBeTrue();
        var tokens = new List<long>();
        for (var i = 0; i < 20; i++)
        {
            tokens.Add((await provider.TryAcquireAsync(Request($"owner {i}", LockMode.Shared), Cancellation)).FencingToken);
            (await provider.TryAcquireAsync(Request("second", LockMode.Shared), Cancellation)).IsGranted.ShouldBeFalse();
            (await provider.ReleaseAsync(Lease($"owner {i}", LockMode.Shared), Cancellation)).ShouldBeTrue();
        }

        tokens.ShouldBe(tokens.Distinct().Order());
        tokens[0].ShouldBePositive();
    }

    [Fact]
    public async Task A_place_that_is_not_asked_for_lapses_and_one_that_is_asked_for_stays()
    {
        var provider = Database.NewProvider(SqlLockMode.Lease);
        (await provider.TryAcquireAsync(Request("reader", LockMode.Shared, int.MaxValue), Cancellation)).IsGranted.ShouldBeTrue();
        (await provider.TryAcquireAsync(Waiting("writer", LockMode.Shared), Cancellation)).IsGranted.ShouldBeFalse();
        for (var i = 0; i < 4; i++)
        {
            await Task.Delay(HolderProvider.LongestSilence / 3, TimeProvider.System, Cancellation);
            (await provider.TryAcquireAsync(Waiting("writer", LockMode.Shared), Cancellation)).IsGranted.ShouldBeFalse();
        }

        (await Database.NumberAsync($"SELECT COUNT(*) FROM {Holders} WHERE token = 0")).ShouldBe(1);
        (await provider.TryAcquireAsync(Request("another", LockMode.Shared, int.MaxValue), Cancellation)).IsGranted.ShouldBeFalse("a writer waits");

        await Eventually.BecomesTrueAsync(
            async () => (await provider.TryAcquireAsync(Request("another", LockMode.Shared, int.MaxValue), Cancellation)).IsGranted, "the writer's place lapsed");
    }

    [Fact]
    public async Task A_look_that_is_refused_writes_nothing()
    {
        var provider = Database.NewProvider(SqlLockMode.Lease);
        (await provider.TryAcquireAsync(Request("holder", LockMode.Shared), Cancellation)).IsGranted.ShouldBeTrue();
        (await provider.TryAcquireAsync(Waiting("waiter", LockMode.Shared), Cancellation)).IsGranted.ShouldBeFalse();
        var before = await StateAsync();
        for (var i = 0; i < 5; i++)
        {
            (await provider.TryAcquireAsync(Request("another", LockMode.Shared), Cancellation)).IsGranted.ShouldBeFalse();
        }

        (await StateAsync()).ShouldBe(before);

        Task<string> StateAsync() => Database.TextAsync(
            Kind is PostgreSqlKind
                ? $"SELECT concat_ws(' ', (SELECT ctid FROM {Database.Table}), token, used_at, (SELECT string_agg(ctid::text, ' ' ORDER BY owner) FROM {Holders})) FROM {Database.Table}"
                : $"SELECT CONCAT_WS(' ', token, used_at, (SELECT GROUP_CONCAT(expires_at ORDER BY owner) FROM {Holders})) FROM {Database.Table}");
    }

    [Fact]
    public async Task Who_asks_again_for_what_it_holds_is_granted_it_again_with_a_newer_token()
    {
        var provider = Database.NewProvider(SqlLockMode.RowLock);
        var first = await provider.TryAcquireAsync(Request("a", LockMode.Counted), Cancellation);
        var second = await provider.TryAcquireAsync(Request("a", LockMode.Counted), Cancellation);

        second.IsGranted.ShouldBeTrue();
        second.FencingToken.ShouldBeGreaterThan(first.FencingToken);
        (await provider.ReleaseAsync(Lease("a", LockMode.Counted), Cancellation)).ShouldBeTrue();
        (await provider.ReleaseAsync(Lease("a", LockMode.Counted), Cancellation)).ShouldBeFalse();
    }

    [Fact]
    public async Task Tokens_rise_where_the_mark_is_ahead_of_the_clock()
    {
        var provider = Database.NewProvider(SqlLockMode.Lease);
        (await provider.TryAcquireAsync(Request("a", LockMode.Shared, int.MaxValue), Cancellation)).IsGranted.ShouldBeTrue();
        await Database.SqlAsync($"UPDATE {Database.Table} SET token = token + 3600000000");
        var mark = await Database.NumberAsync($"SELECT token FROM {Database.Table}");

        var tokens = new List<long> { mark };
        foreach (var owner in (string[])["b", "c", "d"])
        {
            tokens.Add((await provider.TryAcquireAsync(Request(owner, LockMode.Shared, int.MaxValue), Cancellation)).FencingToken);
        }

        tokens.ShouldBe([mark, mark + 1, mark + 2, mark + 3]);
    }

    [Fact]
    public async Task A_renewal_that_comes_too_late_is_a_loss_and_one_batch_may_have_all_modes()
    {
        var provider = Database.NewProvider(SqlLockMode.RowLock);
        foreach (var kind in Enum.GetValues<LockMode>())
        {
            (await provider.TryAcquireAsync(Request("a", kind, kind == LockMode.Counted ? 3 : 1), Cancellation)).IsGranted.ShouldBeTrue();
        }

        (await provider.TryAcquireAsync(Request("brief", LockMode.Counted, limit: 3) with { TimeToLive = TimeSpan.FromMilliseconds(1) }, Cancellation)).IsGranted.ShouldBeTrue();
        (await provider.TryAcquireAsync(Waiting("waits", LockMode.Counted), Cancellation)).IsGranted.ShouldBeFalse();
        LeaseReference[] leases =
        [
            Lease("a", LockMode.Exclusive), Lease("a", LockMode.Shared), Lease("brief", LockMode.Counted), Lease("a", LockMode.Counted), Lease("waits", LockMode.Counted),
        ];

        var replies = await provider.RenewAsync([.. leases.Select(lease => new RenewalRequest(lease, Long))], Cancellation);

        replies.Select(reply => reply.Outcome).ShouldBe(
            [RenewalOutcome.Renewed, RenewalOutcome.Renewed, RenewalOutcome.Lost, RenewalOutcome.Renewed, RenewalOutcome.Lost]);
    }

    [Fact]
    public async Task Hundreds_of_permits_are_renewed_with_few_statements()
    {
        const int Permits = 300;
        var recorder = new RecordingDataSource(Database.Source);
        var provider = Database.NewProvider(SqlLockMode.RowLock, source: recorder);
        var leases = Enumerable.Range(0, Permits).Select(i => Lease($"owner {i}", LockMode.Counted) with { Key = $"key {i % 100}" }).ToArray();
        foreach (var lease in leases)
        {
            (await provider.TryAcquireAsync(Request(lease.OwnerId, LockMode.Counted, limit: 3) with { Key = lease.Key }, Cancellation)).IsGranted.ShouldBeTrue();
        }

        recorder.Commands.Clear();
        var replies = await provider.RenewAsync([.. leases.Select(lease => new RenewalRequest(lease, Long))], Cancellation);

        replies.ShouldAllBe(reply => reply.Outcome == RenewalOutcome.Renewed);
        recorder.Commands.Count(text => text.Contains("SET expires_at", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_crashed_holders_left_is_deleted_where_the_table_is_used(bool isUsed)
    {
        var logs = new RecordingLogger();
        var provider = Database.NewProvider(SqlLockMode.Lease);
        (await provider.TryAcquireAsync(Request("dead", LockMode.Counted, limit: 3) with { TimeToLive = TimeSpan.FromMilliseconds(1) }, Cancellation)).IsGranted.ShouldBeTrue();
        (await provider.TryAcquireAsync(Request("alive", LockMode.Counted) with { Key = "other" }, Cancellation)).IsGranted.ShouldBeTrue();
        await using var rows = new UnusedRows(Database.NewSqlDatabase(SqlLockMode.Lease, logs), TimeSpan.FromHours(2)) { HasHolders = isUsed };

        await rows.DeleteAsync();

        (await Database.NumberAsync($"SELECT COUNT(*) FROM {Holders}")).ShouldBe(isUsed ? 1 : 2);
        logs.CountOf(3002).ShouldBe(0);
    }

    /// <summary>As after an update of the package, where the lock table is there already.</summary>
    [Fact]
    public async Task A_missing_table_is_made_where_it_may_be_and_told_where_not_and_locks_need_none()
    {
        await using (await Database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", LongWait, Cancellation))
        {
            await Database.SqlAsync($"DROP TABLE {Holders}");
        }

        var locks = Database.NewLock(SqlLockMode.RowLock, options => options.CreateTable = false);
        var failure = await Should.ThrowAsync<DistributedLockUnavailableException>(
            () => ((IDistributedSemaphore)locks).AcquireAsync("key", 1, LongWait, Cancellation).AsTask());
        failure.IsTransient.ShouldBeFalse();
        failure.Message.ShouldContain("holders");
        await using (await locks.AcquireAsync("key", LongWait, Cancellation))
        await using (await locks.AcquireReadLockAsync("key", LongWait, Cancellation))
        {
            // Neither needs that table.
        }

        (await ((IDistributedSemaphore)Database.NewLock(SqlLockMode.RowLock)).AcquireAsync("key", 1, LongWait, Cancellation)).IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task Many_waiters_of_many_processes_are_all_served_and_never_more_than_the_limit_hold()
    {
        const int Limit = 3;
        var pace = LongWait with { Retry = RetryPolicy.Forever(TimeSpan.FromMilliseconds(20)) };
        var (holders, most) = (0, 0);
        var gate = new object();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => TakeTurnsAsync(Database.NewLock(i % 2 == 0 ? SqlLockMode.RowLock : SqlLockMode.Lease))))
            .WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Cancellation);

        most.ShouldBeInRange(1, Limit);

        async Task TakeTurnsAsync(IDistributedSemaphore locks)
        {
            for (var i = 0; i < 3; i++)
            {
                await using var permit = await locks.AcquireAsync("key", Limit, pace, Cancellation);
                lock (gate)
                {
                    most = Math.Max(most, ++holders);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
                lock (gate)
                {
                    holders--;
                }
            }
        }
    }

    private protected static LeaseReference Lease(string owner, LockMode mode) => new("key", owner) { Mode = mode };

    private protected static AcquireRequest Request(string owner, LockMode mode, int limit = 1) =>
        new() { Key = "key", OwnerId = owner, TimeToLive = Long, Mode = mode, Limit = limit };

    private protected static AcquireRequest Waiting(string owner, LockMode mode) => Request(owner, mode) with { StoreWait = Long };
}
