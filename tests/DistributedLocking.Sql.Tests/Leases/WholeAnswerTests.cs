using DistributedLocking.Providers;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Tests.Servers;

namespace DistributedLocking.Sql.Tests.Leases;

public sealed class MySqlWholeAnswerTests(MySqlFixture fixture) : WholeAnswerTests(fixture, Deadlock, Other)
{
    private static ServerError Deadlock => new(sqlState: null, number: 1213);

    private static ServerError Other => new(sqlState: null, number: 1180);

    [Fact]
    public async Task A_row_that_follows_the_first_is_the_answer()
    {
        Once("@tokens", second: [0L, 1L, 5_000_000L], error: null);

        var reply = await AcquireAsync();

        reply.IsGranted.ShouldBeFalse();
        reply.HolderExpiresIn.ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_grant_that_follows_the_first_row_is_the_answer()
    {
        Once("@tokens", second: [1L, 4_711L, 5_000_000L], error: null);

        (await AcquireAsync()).FencingToken.ShouldBe(4_711);
    }
}

public sealed class PostgreSqlWholeAnswerTests(PostgreSqlFixture fixture) : WholeAnswerTests(fixture, Deadlock, Other)
{
    private static ServerError Deadlock => new("40001", number: 0);

    private static ServerError Other => new("58030", number: 0);
}

/// <summary>
/// A server may send a row before it has committed what the row tells. The rest of its answer counts.
/// </summary>
public abstract class WholeAnswerTests : DatabaseTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    private readonly Exception _deadlock;
    private readonly Exception _other;
    private RecordingDataSource _recorder = null!;
    private SqlLockProvider _provider = null!;

    private protected WholeAnswerTests(DatabaseFixture fixture, Exception deadlock, Exception other)
        : base(fixture)
    {
        _deadlock = deadlock;
        _other = other;
    }

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _recorder = new RecordingDataSource(Database.Source);
        _provider = Database.NewProvider(SqlLockMode.Lease, source: _recorder);

        // The first use looks at the server and makes the table.
        await AcquireAsync("first");
    }

    [Fact]
    public async Task A_deadlock_after_the_row_is_tried_again()
    {
        Once("@tokens", second: null, _deadlock);
        _recorder.Commands.Clear();

        (await AcquireAsync()).IsGranted.ShouldBeTrue();

        _recorder.Commands.Count(text => text.Contains("INSERT INTO", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public async Task A_failure_after_the_row_is_no_grant()
    {
        Once("@tokens", second: null, _other);

        await Should.ThrowAsync<DistributedLockUnavailableException>(() => AcquireAsync());
    }

    [Fact]
    public async Task A_failure_after_the_row_is_no_renewal()
    {
        (await AcquireAsync()).IsGranted.ShouldBeTrue();
        Once("SET expires_at", second: null, _other);

        (await RenewAsync()).ShouldBe(RenewalOutcome.Unknown);
        (await RenewAsync()).ShouldBe(RenewalOutcome.Renewed);
    }

    private protected Task<AcquireReply> AcquireAsync(string key = "key") => _provider.TryAcquireAsync(
        new AcquireRequest { Key = key, OwnerId = "a", TimeToLive = Lease, Tokens = 1 }, Cancellation).AsTask();

    /// <summary>What follows the first row of the next answer to a statement with this text.</summary>
    private protected void Once(string part, object[]? second, Exception? error)
    {
        var isDone = false;
        _recorder.Answer = (text, reader) =>
        {
            if (isDone || !text.Contains(part, StringComparison.Ordinal))
            {
                return reader;
            }

            isDone = true;
            return new FollowedReader(reader, second, error);
        };
    }

    private async Task<RenewalOutcome> RenewAsync() =>
        (await _provider.RenewAsync([new(new("key", "a"), Lease)], Cancellation))[0].Outcome;
}
