using DistributedLocking.Providers;
using DistributedLocking.Sql.Leases;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.Testing;

namespace DistributedLocking.Sql.Tests.Leases;

public sealed class MySqlRetakenLeaseTests(MySqlFixture fixture) : RetakenLeaseTests(fixture);

public sealed class PlainMySqlRetakenLeaseTests(PlainMySqlFixture fixture) : RetakenLeaseTests(fixture);

/// <summary>A process takes a lease that it has had before, with tokens that it proposes itself. Its clock moves only as the test says.</summary>
public abstract class RetakenLeaseTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private const string Retake = "UPDATE";
    private const string Full = "INSERT INTO";

    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    private readonly ManualTimeProvider _time = new();
    private RecordingDataSource _recorder = null!;
    private SqlLockProvider _one = null!;
    private SqlLockProvider _two = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _recorder = new RecordingDataSource(Database.Source);
        _one = Database.NewProvider(SqlLockMode.Lease, source: _recorder, time: _time);
        _two = Database.NewProvider(SqlLockMode.Lease);
        await UseAsync(_one);
    }

    [Fact]
    public async Task It_takes_one_statement_that_returns_nothing()
    {
        for (var i = 1; i <= 3; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            (await StatementsAsync(() => UseAsync(_one))).ShouldBe([Retake]);
        }
    }

    [Fact]
    public async Task It_is_the_owners_for_its_time_to_live()
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var before = await Database.NumberAsync($"SELECT {Kind.Now}");

        (await StatementsAsync(() => TakeAsync(_one, "a", tokens: 5))).ShouldBe([Retake]);

        var after = await Database.NumberAsync($"SELECT {Kind.Now}");
        (await Database.TextAsync($"SELECT owner FROM {Database.Table}")).ShouldBe("a");
        (await Database.NumberAsync($"SELECT expires_at FROM {Database.Table}")).ShouldBeInRange(before + Lease.Ticks / 10, after + Lease.Ticks / 10);
        (await Database.NumberAsync($"SELECT used_at FROM {Database.Table}")).ShouldBeInRange(before, after);
    }

    [Fact]
    public async Task The_last_of_the_tokens_stays_in_the_row()
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var reply = await TakeAsync(_one, "a", tokens: 5);

        reply.Tokens.ShouldBe(5);
        (await Database.NumberAsync($"SELECT token FROM {Database.Table}")).ShouldBe(reply.FencingToken + 4);
    }

    [Fact]
    public async Task The_clock_is_asked_again_after_a_minute()
    {
        _time.Advance(TokenProposals.LongestAge);
        (await StatementsAsync(() => UseAsync(_one))).ShouldBe([Retake]);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        (await StatementsAsync(() => UseAsync(_one))).ShouldBe([Full]);
    }

    [Fact]
    public async Task A_held_lease_is_refused_with_its_true_end_and_then_polled_with_one_statement()
    {
        await TakeAsync(_two, "b");
        _time.Advance(TimeSpan.FromSeconds(1));
        var longest = await RestAsync();
        AcquireReply reply = default;

        (await StatementsAsync(async () => reply = await AskAsync(_one, "a"))).ShouldBe([Retake, Full]);

        reply.IsGranted.ShouldBeFalse();
        reply.HolderExpiresIn.ShouldNotBeNull().ShouldBeInRange(await RestAsync(), longest);
        for (var i = 0; i < 2; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            (await StatementsAsync(() => AskAsync(_one, "a"))).ShouldBe([Full]);
        }

        (await Database.TextAsync($"SELECT owner FROM {Database.Table}")).ShouldBe("b");

        async Task<TimeSpan> RestAsync() =>
            TimeSpan.FromMicroseconds(await Database.NumberAsync($"SELECT expires_at - {Kind.Now} FROM {Database.Table}"));
    }

    [Fact]
    public async Task After_a_grant_a_waiter_needs_one_statement_again()
    {
        await TakeAsync(_two, "b");
        await AskAsync(_one, "a");
        await ReleaseAsync(_two, "b");

        (await StatementsAsync(() => UseAsync(_one))).ShouldBe([Full]);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        (await StatementsAsync(() => UseAsync(_one))).ShouldBe([Retake]);
    }

    [Fact]
    public async Task A_lapsed_lease_is_taken()
    {
        var lapsed = await TakeAsync(_two, "b");
        await Database.SqlAsync($"UPDATE {Database.Table} SET expires_at = {Kind.Now}");
        _time.Advance(TokenProposals.LongestAge);
        AcquireReply reply = default;

        (await StatementsAsync(async () => reply = await TakeAsync(_one, "a"))).ShouldBe([Retake]);

        reply.FencingToken.ShouldBeGreaterThan(lapsed.FencingToken);
        (await _two.RenewAsync([new(new("key", "b"), Lease)], Cancellation))[0].Outcome.ShouldBe(RenewalOutcome.Lost);
        (await _two.ReleaseAsync(new("key", "b"), Cancellation)).ShouldBeFalse();
        await ReleaseAsync(_one, "a");
    }

    [Fact]
    public async Task A_row_that_was_deleted_is_made_again()
    {
        await Database.SqlAsync($"DELETE FROM {Database.Table}");
        _time.Advance(TimeSpan.FromMilliseconds(1));

        (await StatementsAsync(() => TakeAsync(_one, "a"))).ShouldBe([Retake, Full]);

        (await _two.TryAcquireAsync(Request("b"), Cancellation)).IsGranted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_table_that_was_dropped_is_made_again()
    {
        await Database.SqlAsync($"DROP TABLE {Database.Table}");
        _time.Advance(TimeSpan.FromMilliseconds(1));

        await UseAsync(_one);
    }

    [Fact]
    public async Task An_owner_whose_answer_was_lost_is_granted_it_again_with_later_tokens()
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var lost = await TakeAsync(_one, "a", tokens: 5);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        AcquireReply again = default;

        (await StatementsAsync(async () => again = await TakeAsync(_one, "a"))).ShouldBe([Retake]);

        again.FencingToken.ShouldBeGreaterThan(lost.FencingToken + 4);
        await ReleaseAsync(_one, "a");
    }

    [Fact]
    public async Task Tokens_that_overlap_earlier_ones_are_refused()
    {
        var (first, second, statements) = await UseBlocksAsync(microsecondsBetween: 127);

        statements.ShouldBe([Retake, Full]);
        second.FencingToken.ShouldBeGreaterThan(first.FencingToken + 127);
        second.Tokens.ShouldBe(128);
    }

    [Fact]
    public async Task Tokens_that_begin_right_after_earlier_ones_are_taken()
    {
        var (first, second, statements) = await UseBlocksAsync(microsecondsBetween: 128);

        statements.ShouldBe([Retake]);
        second.FencingToken.ShouldBe(first.FencingToken + 128);
    }

    [Fact]
    public async Task Under_a_mark_ahead_of_the_clock_the_tokens_are_the_databases()
    {
        await Database.SqlAsync($"UPDATE {Database.Table} SET token = {Kind.Now} + 3600000000");
        var mark = await Database.NumberAsync($"SELECT token FROM {Database.Table}");
        foreach (var statements in (string[][])[[Retake, Full], [Full], [Full]])
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            (await StatementsAsync(async () => (await UseAsync(_one)).FencingToken.ShouldBe(++mark))).ShouldBe(statements);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(-1)]
    public async Task Tokens_rise_between_processes_of_which_one_has_a_clock_that_steps(int seconds)
    {
        var clock = new ShiftedTimeProvider();
        var shifted = Database.NewProvider(SqlLockMode.Lease, source: _recorder, time: clock);
        await UseAsync(shifted);
        var last = (await UseAsync(_two)).FencingToken;
        _recorder.Commands.Clear();
        for (var i = 0; i < 40; i++)
        {
            clock.Shift += TimeSpan.FromSeconds(i % 2 == 0 ? seconds : -seconds);
            last = await RiseAsync(shifted, last, tokens: i % 3 == 0 ? 128 : 1);
            last = await RiseAsync(_two, last, tokens: i % 5 == 0 ? 128 : 1);
        }

        Names().ShouldContain(name => name == Retake);
    }

    [Fact]
    public async Task Tokens_rise_where_a_clock_stands_still()
    {
        var last = 0L;
        for (var i = 0; i < 20; i++)
        {
            last = await RiseAsync(_two, last, tokens: 1);
            last = await RiseAsync(_one, last, tokens: 1);
        }
    }

    [Fact]
    public async Task A_row_lock_after_a_proposal_ahead_of_the_clock_has_a_larger_token()
    {
        _time.Advance(TokenProposals.LongestAge);
        var lease = await UseAsync(_one);
        var rows = Database.NewLock(SqlLockMode.RowLock);
        var last = lease.FencingToken;
        for (var i = 0; i < 3; i++)
        {
            await using var row = await rows.AcquireAsync("key", LongWait, Cancellation);
            row.FencingToken.ShouldBeGreaterThan(last);
            last = row.FencingToken;
        }

        (await UseAsync(_one)).FencingToken.ShouldBeGreaterThan(last);
    }

    private static AcquireRequest Request(string owner, int tokens = 1) => new() { Key = "key", OwnerId = owner, TimeToLive = Lease, Tokens = tokens };

    private static Task<AcquireReply> AskAsync(SqlLockProvider provider, string owner, int tokens = 1) =>
        provider.TryAcquireAsync(Request(owner, tokens), Cancellation).AsTask();

    private static async Task<AcquireReply> TakeAsync(SqlLockProvider provider, string owner, int tokens = 1)
    {
        var reply = await AskAsync(provider, owner, tokens);
        reply.IsGranted.ShouldBeTrue();
        return reply;
    }

    private static async Task ReleaseAsync(SqlLockProvider provider, string owner) =>
        (await provider.ReleaseAsync(new("key", owner), Cancellation)).ShouldBeTrue();

    private static async Task<AcquireReply> UseAsync(SqlLockProvider provider, int tokens = 1)
    {
        var reply = await TakeAsync(provider, "user", tokens);
        await ReleaseAsync(provider, "user");
        return reply;
    }

    /// <summary>Takes two blocks of 128 tokens one after the other, and notes what the second took.</summary>
    private async Task<(AcquireReply First, AcquireReply Second, string[] Statements)> UseBlocksAsync(int microsecondsBetween)
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var first = await UseAsync(_one, tokens: 128);
        _time.Advance(TimeSpan.FromMicroseconds(microsecondsBetween));
        AcquireReply second = default;
        var statements = await StatementsAsync(async () => second = await UseAsync(_one, tokens: 128));
        return (first, second, statements);
    }

    /// <summary>Checks that the tokens are larger than the last one, and returns the last of them.</summary>
    private static async Task<long> RiseAsync(SqlLockProvider provider, long last, int tokens)
    {
        var reply = await UseAsync(provider, tokens);
        reply.FencingToken.ShouldBeGreaterThan(last);
        return reply.FencingToken + reply.Tokens - 1;
    }

    /// <summary>The statements of the first process that took a lease, or tried to.</summary>
    private async Task<string[]> StatementsAsync(Func<Task> work)
    {
        _recorder.Commands.Clear();
        await work();
        return Names();
    }

    private string[] Names() =>
    [
        .. _recorder.Commands.Where(text => text.Contains("@tokens", StringComparison.Ordinal))
            .Select(text => text.StartsWith(Retake, StringComparison.Ordinal) ? Retake : Full),
    ];
}
