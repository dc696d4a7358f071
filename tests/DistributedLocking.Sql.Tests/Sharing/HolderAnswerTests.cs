using DistributedLocking.Providers;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Tests.Servers;

namespace DistributedLocking.Sql.Tests.Sharing;

public sealed class MySqlHolderAnswerTests(MySqlFixture fixture) : HolderAnswerTests(fixture)
{
    private protected override Exception Deadlock => new ServerError(sqlState: null, number: 1213);

    private protected override Exception Other => new ServerError(sqlState: null, number: 1180);
}

public sealed class PostgreSqlHolderAnswerTests(PostgreSqlFixture fixture) : HolderAnswerTests(fixture)
{
    private protected override Exception Deadlock => new ServerError("40001", number: 0);

    private protected override Exception Other => new ServerError("58030", number: 0);
}

/// <summary>A server may tell of a permit before it has committed it. The rest of its answer counts.</summary>
public abstract class HolderAnswerTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private RecordingDataSource _recorder = null!;
    private SqlLockProvider _provider = null!;

    private protected abstract Exception Deadlock { get; }

    private protected abstract Exception Other { get; }

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _recorder = new RecordingDataSource(Database.Source);
        _provider = Database.NewProvider(SqlLockMode.RowLock, source: _recorder);
        (await AcquireAsync("first")).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_deadlock_after_the_row_is_tried_again()
    {
        Once(second: null, Deadlock);

        (await AcquireAsync("a")).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_failure_after_the_row_is_no_grant_and_what_there_was_of_it_can_be_released()
    {
        Once(second: null, Other);

        await Should.ThrowAsync<DistributedLockUnavailableException>(() => AcquireAsync("a"));

        await _provider.ReleaseAsync(new LeaseReference("key", "a") { Mode = LockMode.Counted }, Cancellation);
        (await AcquireAsync("b")).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_row_that_follows_is_the_answer()
    {
        Once(second: [0L, 5_000_000L], error: null);

        var reply = await AcquireAsync("a");

        reply.IsGranted.ShouldBeFalse();
        reply.HolderExpiresIn.ShouldBe(TimeSpan.FromSeconds(5));
    }

    private async Task<AcquireReply> AcquireAsync(string owner) => await _provider.TryAcquireAsync(
        new AcquireRequest { Key = "key", OwnerId = owner, TimeToLive = TimeSpan.FromMinutes(5), Mode = LockMode.Counted, Limit = 2 }, Cancellation);

    private void Once(object[]? second, Exception? error)
    {
        var isDone = false;
        _recorder.Answer = (text, reader) =>
        {
            if (isDone || !text.Contains("@place", StringComparison.Ordinal))
            {
                return reader;
            }

            isDone = true;
            return new FollowedReader(reader, second, error);
        };
    }
}
