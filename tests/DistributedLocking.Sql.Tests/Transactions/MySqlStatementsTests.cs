using System.Diagnostics;
using DistributedLocking.Sql.Tests.Doubles;

namespace DistributedLocking.Sql.Tests.Transactions;

/// <summary>
/// The statements for MySQL, which has no bound on a statement and counts waits in whole seconds, run on MariaDB.
/// </summary>
public sealed class MySqlStatementsTests(MySqlTestDatabase database)
{
    private readonly MySqlWithoutMariaDb _dialect = new();
    private readonly string _key = TestDatabase.NewName("key");

    [Fact]
    public async Task A_free_key_is_granted_and_the_setting_put_back()
    {
        await using var transaction = await database.BeginAsync();
        await transaction.ReadAsync("SET SESSION innodb_lock_wait_timeout = 37");

        var first = await AcquireAsync(transaction, TimeSpan.FromSeconds(10));
        var second = (await TryAcquireAsync(transaction)).ShouldNotBeNull();

        second.ShouldBeGreaterThan(first);
        Convert.ToInt64(await transaction.ReadAsync(database.LockTimeout), null).ShouldBe(37);
        await transaction.ReadAsync("SET SESSION innodb_lock_wait_timeout = DEFAULT");
    }

    [Fact]
    public async Task A_held_key_ends_the_wait_exactly_and_the_transaction_can_go_on()
    {
        await using var holder = await database.BeginAsync();
        await using var waiter = await database.BeginAsync();
        await AcquireAsync(holder, TimeSpan.FromSeconds(10));
        var setting = await waiter.ReadAsync(database.LockTimeout);
        var wait = TimeSpan.FromMilliseconds(1300);

        // A busy machine may hold up one wait, but not each of so many.
        var least = TimeSpan.MaxValue;
        for (var i = 0; i < 15 && least > wait + TimeSpan.FromMilliseconds(600); i++)
        {
            var start = Stopwatch.GetTimestamp();
            await Should.ThrowAsync<DistributedLockTimeoutException>(AcquireAsync(waiter, wait));
            var elapsed = Stopwatch.GetElapsedTime(start);
            least = elapsed < least ? elapsed : least;
        }

        least.ShouldBeInRange(wait - TimeSpan.FromMilliseconds(20), wait + TimeSpan.FromMilliseconds(600), "whole seconds would be two or three");
        (await TryAcquireAsync(waiter)).ShouldBeNull();
        (await waiter.ReadAsync(database.LockTimeout)).ShouldBe(setting);
        await holder.CommitAsync();
        (await TryAcquireAsync(waiter)).ShouldNotBeNull();
    }

    private Task<long> AcquireAsync(OpenTransaction transaction, TimeSpan wait) =>
        transaction.AcquireAsync(_key, new SqlTransactionLockOptions { WaitTimeout = wait, Dialect = _dialect });

    private Task<long?> TryAcquireAsync(OpenTransaction transaction) =>
        transaction.TryAcquireAsync(_key, new SqlTransactionLockOptions { Dialect = _dialect });
}
