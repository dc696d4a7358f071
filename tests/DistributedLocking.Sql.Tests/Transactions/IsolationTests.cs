using System.Data;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Transactions;

/// <summary>
/// What a transaction sees of the earlier holder's writes, by its isolation level: what the documentation of the
/// extensions says.
/// </summary>
public sealed class PostgreSqlIsolationTests(PostgreSqlTestDatabase database) : IsolationTests(database)
{
    [Theory]
    [InlineData(IsolationLevel.RepeatableRead)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task A_wait_for_another_transaction_can_not_be_serialized(IsolationLevel isolation)
    {
        var (holder, waiter) = await BeginBothAsync(isolation);
        await using var first = holder;
        await using var second = waiter;

        var waiting = waiter.AcquireAsync(Key);
        await HandOverAsync(holder, waiter, waiting);

        await Should.ThrowAsync<SqlDeadlockException>(waiting);
    }
}

public sealed class MySqlIsolationTests(MySqlTestDatabase database) : IsolationTests(database)
{
    [Theory]
    [InlineData(IsolationLevel.RepeatableRead)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task A_lock_that_comes_first_is_older_than_the_snapshot(IsolationLevel isolation) => (await ReadAfterWaitAsync(isolation)).ShouldBe(1);

    [Fact]
    public async Task A_read_before_the_lock_makes_later_reads_stale_under_repeatable_read() =>
        (await ReadAfterWaitAsync(IsolationLevel.RepeatableRead, readsFirst: true)).ShouldBe(0);
}

public abstract class IsolationTests(TestDatabase database)
{
    private readonly string _table = TestDatabase.NewName("data");

    private protected string Key { get; } = TestDatabase.NewName("key");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Under_read_committed_the_holder_sees_what_the_earlier_one_wrote(bool readsFirst) =>
        (await ReadAfterWaitAsync(IsolationLevel.ReadCommitted, readsFirst)).ShouldBe(1);

    [Theory]
    [InlineData(IsolationLevel.RepeatableRead)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task Without_contention_every_level_works(IsolationLevel isolation)
    {
        for (var turn = 0; turn < 2; turn++)
        {
            await using var transaction = await database.BeginAsync(isolation);
            (await transaction.AcquireAsync(Key)).ShouldBePositive();
            await transaction.CommitAsync();
        }
    }

    /// <summary>
    /// The value that a waiter reads once it has the lock, where the earlier holder changed it from 0 to 1.
    /// </summary>
    private protected async Task<long> ReadAfterWaitAsync(IsolationLevel isolation, bool readsFirst = false)
    {
        var (holder, waiter) = await BeginBothAsync(isolation);
        await using var first = holder;
        await using var second = waiter;
        if (readsFirst)
        {
            await waiter.ReadAsync($"SELECT value FROM {_table}");
        }

        var waiting = waiter.AcquireAsync(Key);
        await HandOverAsync(holder, waiter, waiting);
        await waiting;
        return Convert.ToInt64(await waiter.ReadAsync($"SELECT value FROM {_table}"), null);
    }

    private protected async Task<(OpenTransaction Holder, OpenTransaction Waiter)> BeginBothAsync(IsolationLevel isolation)
    {
        await database.ReadAsync($"CREATE TABLE {_table} (value bigint)");
        await database.ReadAsync($"INSERT INTO {_table} VALUES (0)");
        var holder = await database.BeginAsync();
        await holder.AcquireAsync(Key);
        return (holder, await database.BeginAsync(isolation));
    }

    private protected async Task HandOverAsync(OpenTransaction holder, OpenTransaction waiter, Task waiting)
    {
        await waiter.IsWaitingAsync();
        waiting.IsCompleted.ShouldBeFalse();
        await holder.ReadAsync($"UPDATE {_table} SET value = 1");
        await holder.CommitAsync();
        await Task.WhenAny(waiting).WaitAsync(Eventually.Bound, TimeProvider.System, TestContext.Current.CancellationToken);
    }
}
