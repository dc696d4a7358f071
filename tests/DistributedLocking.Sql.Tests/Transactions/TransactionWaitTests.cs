using DistributedLocking.PostgreSql;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Tests.RowLocks;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Transactions;

[Collection(TimedTests.Name)]
public sealed class PostgreSqlTransactionWaitTests(PostgreSqlTestDatabase database) : TransactionWaitTests(database);

[Collection(TimedTests.Name)]
public sealed class MySqlTransactionWaitTests(MySqlTestDatabase database) : TransactionWaitTests(database);

/// <summary>How long a transaction waits for a key.</summary>
public abstract class TransactionWaitTests(TestDatabase database)
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(3);

    private readonly string _key = TestDatabase.NewName("key");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_of_many_waiters_is_told_after_its_own_wait_that_the_lock_is_held()
    {
        // For a holder that writes the row they would all wait for its transaction. A locked row has a queue.
        var options = new PostgreSqlLockOptions();
        await using var locks = new DistributedLock(database.CreateProvider(_ => { }, database.Source), options);
        await using var held = await locks.AcquireAsync(_key, cancellationToken: Cancellation);
        var waiters = new List<OpenTransaction>();
        var waits = new List<Task<DistributedLockTimeoutException>>();
        try
        {
            for (var i = 0; i < 4; i++)
            {
                var waiter = await database.BeginAsync();
                waiters.Add(waiter);
                waits.Add(Should.ThrowAsync<DistributedLockTimeoutException>(
                    waiter.AcquireAsync(_key, new SqlTransactionLockOptions { WaitTimeout = Wait })));
                await waiter.IsWaitingAsync();
            }

            foreach (var timeout in await Task.WhenAll(waits))
            {
                timeout.Waited.ShouldBeInRange(Wait - TimeSpan.FromMilliseconds(20), Wait * 1.6);
            }
        }
        finally
        {
            foreach (var waiter in waiters)
            {
                await waiter.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task What_the_session_says_about_waits_does_not_count_and_stays()
    {
        await using var holder = await database.BeginAsync();
        await holder.AcquireAsync(_key);
        await using var waiter = await database.BeginAsync();
        await waiter.ReadAsync(database.LimitWaits);
        var limits = await waiter.ReadAsync(database.LockTimeout);

        var timeout = await Should.ThrowAsync<DistributedLockTimeoutException>(
            waiter.AcquireAsync(_key, new SqlTransactionLockOptions { WaitTimeout = Wait / 2 }));
        timeout.Waited.ShouldBeGreaterThanOrEqualTo(Wait / 2);
        (await waiter.ReadAsync(database.LockTimeout)).ShouldBe(limits);

        var waiting = waiter.AcquireAsync(_key);
        await waiter.IsWaitingAsync();
        await Task.Delay(Wait / 2, TimeProvider.System, Cancellation);
        await holder.CommitAsync();
        await waiting.Within();
        (await waiter.ReadAsync(database.LockTimeout)).ShouldBe(limits);
    }
}
