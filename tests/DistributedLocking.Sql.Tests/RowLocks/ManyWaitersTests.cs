using DistributedLocking.Sql.Tests.Servers;

namespace DistributedLocking.Sql.Tests.RowLocks;

[Collection(TimedTests.Name)]
public sealed class MySqlManyWaitersTests(MySqlFixture fixture) : ManyWaitersTests(fixture);

[Collection(TimedTests.Name)]
public sealed class PlainMySqlManyWaitersTests(PlainMySqlFixture fixture) : ManyWaitersTests(fixture);

[Collection(TimedTests.Name)]
public sealed class PostgreSqlManyWaitersTests(PostgreSqlFixture fixture) : ManyWaitersTests(fixture);

/// <summary>
/// Many processes wait for one key to the end of their waits. All but the first of them wait for each other too.
/// </summary>
public abstract class ManyWaitersTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData(4)]
    [InlineData(40)]
    public async Task Each_is_told_after_its_own_wait_that_the_lock_is_held(int count)
    {
        var named = new AcquireOptions { WaitTimeout = Wait };
        var byPolicy = new AcquireOptions { Retry = RetryPolicy.Fixed(Wait / 12, 12) };
        await using var held = await Database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", cancellationToken: Cancellation);
        var waiters = Enumerable.Range(0, count).Select(_ => Database.NewLock(SqlLockMode.RowLock)).ToArray();
        foreach (var waiter in waiters)
        {
            // Its connection is made, and its server looked at.
            (await waiter.TryAcquireAsync("key", cancellationToken: Cancellation)).ShouldBeNull();
        }

        var waits = new List<Task<DistributedLockTimeoutException>>();
        foreach (var waiter in waiters)
        {
            waits.Add(Should.ThrowAsync<DistributedLockTimeoutException>(
                waiter.AcquireAsync("key", waits.Count % 2 == 0 ? named : byPolicy, Cancellation).AsTask()));
            if (waits.Count <= 4)
            {
                // One behind the other, and so that their waits don't end at once.
                await Database.WaitingAsync(waits.Count);
            }
        }

        foreach (var timeout in await Task.WhenAll(waits))
        {
            timeout.Waited.ShouldBeInRange(Wait - TimeSpan.FromMilliseconds(20), Wait * 1.6);
            TestContext.Current.TestOutputHelper?.WriteLine($"Waited {timeout.Waited}");
        }

        held.IsHeld.ShouldBeTrue();
    }
}
