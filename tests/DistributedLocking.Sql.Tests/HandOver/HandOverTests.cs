using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Tests.Servers;

namespace DistributedLocking.Sql.Tests.HandOver;

public sealed class MySqlHandOverTests(MySqlFixture fixture) : HandOverTests(fixture);

public sealed class PlainMySqlHandOverTests(PlainMySqlFixture fixture) : HandOverTests(fixture);

public sealed class PostgreSqlHandOverTests(PostgreSqlFixture fixture) : HandOverTests(fixture);

/// <summary>
/// Callers of one process hand a lock on among themselves, with tokens that the database gives to nobody else.
/// </summary>
public abstract class HandOverTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private readonly List<long> _tokens = [];

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task Most_callers_of_a_process_need_not_ask_the_database(SqlLockMode mode)
    {
        var recorder = new RecordingDataSource(Database.Source);
        var locks = Database.NewLock(mode, options => options.HandOverTime = TimeSpan.FromSeconds(10), recorder);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => UseAsync(locks, times: 25)));

        ShouldRise(200);
        recorder.Commands.Count.ShouldBeLessThan(200);
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task Tokens_rise_from_process_to_process(SqlLockMode mode)
    {
        var one = Database.NewLock(mode);
        var two = Database.NewLock(mode);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => UseAsync(i % 2 == 0 ? one : two, times: 15)));

        ShouldRise(90);
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task Tokens_that_were_reserved_are_not_given_again_after_a_clock_that_was_ahead(SqlLockMode mode)
    {
        var provider = Database.NewProvider(mode);
        await using (await Database.NewLock(mode).AcquireAsync("key", LongWait, Cancellation))
        {
        }

        await Database.SqlAsync($"UPDATE {Database.Table} SET token = {Kind.Now} + 1000000000");
        var mark = await Database.NumberAsync($"SELECT token FROM {Database.Table}");

        var first = await AskAsync(provider, "first");
        await provider.ReleaseAsync(new("key", "first"), Cancellation);
        var second = await AskAsync(provider, "second");
        await provider.ReleaseAsync(new("key", "second"), Cancellation);

        first.Tokens.ShouldBe(128);
        first.FencingToken.ShouldBe(mark + 1);
        second.FencingToken.ShouldBe(mark + 129);
    }

    private static async Task<Providers.AcquireReply> AskAsync(SqlLockProvider provider, string owner)
    {
        var reply = await provider.TryAcquireAsync(
            new() { Key = "key", OwnerId = owner, TimeToLive = TimeSpan.FromMinutes(1), Tokens = 128, StoreWait = TimeSpan.FromSeconds(30) }, Cancellation);
        reply.IsGranted.ShouldBeTrue();
        return reply;
    }

    private async Task UseAsync(DistributedLock locks, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await using var held = await locks.AcquireAsync("key", LongWait, Cancellation);

            // Not safe but for the lock.
            _tokens.Add(held.FencingToken);
            await Task.Yield();
        }
    }

    private void ShouldRise(int count)
    {
        _tokens.Count.ShouldBe(count);
        _tokens.ShouldBe(_tokens.Distinct().Order());
    }
}
