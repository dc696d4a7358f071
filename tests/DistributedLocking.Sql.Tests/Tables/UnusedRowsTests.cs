using DistributedLocking.Sql.Dialects;
using DistributedLocking.Sql.Tables;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Tables;

public sealed class MySqlUnusedRowsTests(MySqlFixture fixture) : UnusedRowsTests(fixture);

public sealed class PostgreSqlUnusedRowsTests(PostgreSqlFixture fixture) : UnusedRowsTests(fixture);

/// <summary>The rows of keys that nobody uses any more.</summary>
public abstract class UnusedRowsTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private const long Hour = 3_600_000_000;

    private static readonly TimeSpan Retention = TimeSpan.FromHours(2);

    private readonly RecordingLogger _logs = new();
    private UnusedRows _rows = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _rows = Database.Own(new UnusedRows(Database.NewSqlDatabase(SqlLockMode.RowLock, _logs), Retention));
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task What_nobody_used_for_so_long_goes_and_the_rest_stays(SqlLockMode mode)
    {
        await UseAsync(mode, "old", "recent");
        await AgeAsync("old", 3 * Hour);
        await AgeAsync("recent", Hour);

        await _rows.DeleteAsync();

        (await CountAsync("old")).ShouldBe(0);
        (await CountAsync("recent")).ShouldBe(1);
        _logs.CountOf(3001).ShouldBe(1);
        _logs.CountOf(3002).ShouldBe(0);
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task The_next_token_of_a_deleted_key_is_larger(SqlLockMode mode)
    {
        var locks = Database.NewLock(mode);
        var first = await locks.AcquireAsync("key", cancellationToken: Cancellation);
        await first.ReleaseAsync(Cancellation);
        await AgeAsync("key", 3 * Hour);
        await _rows.DeleteAsync();
        (await CountAsync("key")).ShouldBe(0);

        (await locks.AcquireAsync("key", cancellationToken: Cancellation)).FencingToken.ShouldBeGreaterThan(first.FencingToken);
    }

    [Fact]
    public async Task A_mark_ahead_of_the_clock_stays()
    {
        await UseAsync(SqlLockMode.RowLock, "ahead", "old");
        await AgeAsync("ahead", 3 * Hour);
        await AgeAsync("old", 3 * Hour);
        await Database.SqlAsync($"UPDATE {Database.Table} SET token = {Kind.Now} + {Hour} WHERE lock_key = {Literal("ahead")}");

        await _rows.DeleteAsync();

        (await CountAsync("ahead")).ShouldBe(1);
        (await CountAsync("old")).ShouldBe(0);
    }

    [Fact]
    public async Task A_held_row_stays_and_does_not_keep_the_others()
    {
        await UseAsync(SqlLockMode.RowLock, "a", "held", "z");
        foreach (var key in (string[])["a", "held", "z"])
        {
            await AgeAsync(key, 3 * Hour);
        }

        await using var held = await Database.NewLock(SqlLockMode.RowLock).AcquireAsync("held", cancellationToken: Cancellation);

        await _rows.DeleteAsync();

        (await CountAsync("a"), await CountAsync("held"), await CountAsync("z")).ShouldBe((0, 1, 0));
        _logs.CountOf(3002).ShouldBe(0);
    }

    [Fact]
    public async Task A_leased_row_stays()
    {
        await UseAsync(SqlLockMode.Lease, "a", "held", "z");
        await using var held = await Database.NewLock(SqlLockMode.Lease).AcquireAsync("held", cancellationToken: Cancellation);
        foreach (var key in (string[])["a", "held", "z"])
        {
            await AgeAsync(key, 3 * Hour);
        }

        await _rows.DeleteAsync();

        (await CountAsync("a"), await CountAsync("held"), await CountAsync("z")).ShouldBe((0, 1, 0));
        (await held.ReleaseAsync(Cancellation)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_row_that_is_waited_for_stays_and_the_waiter_has_it_next()
    {
        await UseAsync(SqlLockMode.RowLock, "key");
        await AgeAsync("key", 3 * Hour);
        var held = await Database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", cancellationToken: Cancellation);
        var waiting = Database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", LongWait, Cancellation);
        await Database.WaitingAsync(1);

        await _rows.DeleteAsync();
        await held.ReleaseAsync(Cancellation);

        await using var next = await waiting.Within();
        next.FencingToken.ShouldBeGreaterThan(held.FencingToken);
        (await CountAsync("key")).ShouldBe(1);
        (await Database.NewLock(SqlLockMode.RowLock).TryAcquireAsync("key", cancellationToken: Cancellation)).ShouldBeNull();
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task A_large_table_is_gone_through_once(SqlLockMode mode)
    {
        await UseAsync(mode, "key");
        await AgeAsync("key", 3 * Hour);
        for (var rows = 1; rows < 16384; rows *= 2)
        {
            await Database.SqlAsync($"""
                INSERT INTO {Database.Table} (lock_key, token, used_at)
                SELECT {Copy(rows)}, token, used_at FROM {Database.Table}
                """);
        }

        await UseAsync(mode, "a", "z");
        var recorder = new RecordingDataSource(Database.Source);
        await using var rowsOfMany = new UnusedRows(Database.NewSqlDatabase(mode, _logs, recorder), Retention);

        await rowsOfMany.DeleteAsync();

        (await Database.NumberAsync($"SELECT count(*) FROM {Database.Table} WHERE lock_key LIKE '5:%'")).ShouldBe(2);
        _logs.CountOf(3001).ShouldBe(1);
        _logs.CountOf(3002).ShouldBe(0);

        // The steps, of some thousand rows each, and the end.
        recorder.Commands.Count(text => text.Contains("@cutoff", StringComparison.Ordinal) && !text.Contains("@key", StringComparison.Ordinal))
            .ShouldBeLessThanOrEqualTo(6);
    }

    [Fact]
    public async Task One_process_at_a_time_cleans_up()
    {
        await using var others = new UnusedRows(Database.NewSqlDatabase(SqlLockMode.RowLock, _logs), Retention);
        await UseAsync(SqlLockMode.RowLock, "one", "two", "three");
        await AgeAsync("one", 3 * Hour);
        await _rows.DeleteAsync();
        (await CountAsync("one")).ShouldBe(0);

        await AgeAsync("two", 3 * Hour);
        await others.DeleteAsync();
        (await CountAsync("two")).ShouldBe(1, "The first process's claim lasts as long as the pause between two of its own clean-ups.");
        await _rows.DeleteAsync();
        (await CountAsync("two")).ShouldBe(0);

        await AgeAsync("three", 3 * Hour);
        await Database.SqlAsync($"UPDATE {Database.Table} SET expires_at = {Kind.Now} WHERE lock_key = ':clean-up'");
        await others.DeleteAsync();
        (await CountAsync("three")).ShouldBe(0);
        _logs.CountOf(3002).ShouldBe(0);
    }

    [Fact]
    public async Task A_clean_up_that_failed_is_taken_up_again()
    {
        await UseAsync(SqlLockMode.RowLock, "key");
        await AgeAsync("key", 3 * Hour);
        var recorder = new RecordingDataSource(Database.Source);
        await using var rows = new UnusedRows(Database.NewSqlDatabase(SqlLockMode.RowLock, _logs, recorder), Retention);
        recorder.Fault = text => text.Contains("@cutoff", StringComparison.Ordinal) ? new ServerError("58030", 1180) : null;
        await rows.DeleteAsync();
        _logs.CountOf(3002).ShouldBe(1);
        recorder.Fault = _ => null;

        await rows.DeleteAsync();

        (await CountAsync("key")).ShouldBe(0);
    }

    [Fact]
    public async Task Keys_in_use_are_not_disturbed_while_rows_go()
    {
        var locks = Database.NewLock(SqlLockMode.RowLock, options => options.MaxConnections = 10);
        await UseAsync(SqlLockMode.RowLock, "key");
        using var stop = new CancellationTokenSource();
        var deleting = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await _rows.DeleteAsync();
                }
            },
            Cancellation);
        var tokens = new List<long>();
        for (var i = 0; i < 40; i++)
        {
            await AgeAsync("key", 3 * Hour);
            var handle = await locks.AcquireAsync("key", LongWait, Cancellation);
            tokens.Add(handle.FencingToken);
            (await handle.ReleaseAsync(Cancellation)).ShouldBeTrue();
        }

        await stop.CancelAsync();
        await deleting;
        tokens.ShouldBe(tokens.Distinct().Order());
        _logs.CountOf(3002).ShouldBe(0);
    }

    [Fact]
    public async Task A_lock_in_use_marks_its_row_now_and_then()
    {
        await UseAsync(SqlLockMode.RowLock, "key");
        var locks = Database.NewLock(SqlLockMode.RowLock, options => options.UnusedKeyRetention = TimeSpan.FromDays(7));

        // The default's mark is good for an hour.
        await AgeAsync("key", Hour / 2);
        await using (await locks.AcquireAsync("key", LongWait, Cancellation))
        {
        }

        (await AgeOfAsync("key")).ShouldBeGreaterThanOrEqualTo(Hour / 2);
        await AgeAsync("key", 2 * Hour);
        await using (var held = await locks.AcquireAsync("key", LongWait, Cancellation))
        {
            (await AgeOfAsync("key")).ShouldBeGreaterThanOrEqualTo(2 * Hour);
        }

        (await AgeOfAsync("key")).ShouldBeLessThan(Hour / 2);
    }

    [Fact]
    public async Task A_mark_is_needed_once_a_tenth_of_the_retention_has_passed_and_hourly_at_least()
    {
        await using var brief = New(TimeSpan.FromHours(2));
        await using var lengthy = New(TimeSpan.FromDays(30));
        await using var never = New(Timeout.InfiniteTimeSpan);

        Needs(brief, Hour / 5).ShouldBeFalse();
        Needs(brief, (Hour / 5) + 1).ShouldBeTrue();
        Needs(lengthy, Hour).ShouldBeFalse();
        Needs(lengthy, Hour + 1).ShouldBeTrue();
        Needs(never, 1000 * Hour).ShouldBeFalse();

        UnusedRows New(TimeSpan retention) => new(Database.NewSqlDatabase(SqlLockMode.RowLock, _logs), retention);

        static bool Needs(UnusedRows rows, long age) =>
            rows.NeedsMark(new RowState(IsLocked: true, Exists: true, Token: 1, UsedAt: 5 * Hour, ExpiresAt: 0, Now: (5 * Hour) + age));
    }

    private static string Literal(string key) => $"'5:lock:{key}'";

    private string Copy(int number) => Kind is PostgreSqlKind ? $"lock_key || '{number}:'::bytea" : $"CONCAT(lock_key, '{number}:')";

    private async Task UseAsync(SqlLockMode mode, params string[] keys)
    {
        var locks = Database.NewLock(mode);
        foreach (var key in keys)
        {
            await using var handle = await locks.AcquireAsync(key, cancellationToken: Cancellation);
        }

        await Database.HoldingAsync(0);
    }

    /// <summary>Makes the row look as if its key was last used then.</summary>
    private Task<List<long>> AgeAsync(string key, long age) => Database.SqlAsync(
        $"UPDATE {Database.Table} SET used_at = {Kind.Now} - {age}, token = LEAST(token, {Kind.Now} - 1) WHERE lock_key = {Literal(key)}");

    private Task<long> AgeOfAsync(string key) => Database.NumberAsync($"SELECT {Kind.Now} - used_at FROM {Database.Table} WHERE lock_key = {Literal(key)}");

    private Task<long> CountAsync(string key) => Database.NumberAsync($"SELECT count(*) FROM {Database.Table} WHERE lock_key = {Literal(key)}");
}
