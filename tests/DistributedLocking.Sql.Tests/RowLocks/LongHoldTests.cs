using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Sql.Tests.RowLocks;

public sealed class MySqlLongHoldTests(MySqlFixture fixture) : LongHoldTests(fixture);

public sealed class PostgreSqlLongHoldTests(PostgreSqlFixture fixture) : LongHoldTests(fixture);

/// <summary>Row locks that are held for long are warned of.</summary>
public abstract class LongHoldTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private const int HeldForLong = 3010;

    [Fact]
    public async Task One_lock_is_warned_of_once()
    {
        (await WarningsAsync(TimeSpan.FromTicks(1), 1, "1")).ShouldBe(1);
    }

    [Fact]
    public async Task Each_lock_is_warned_of()
    {
        (await WarningsAsync(TimeSpan.FromTicks(1), 2, "1", "2")).ShouldBe(2);
    }

    [Fact]
    public async Task A_short_hold_is_not()
    {
        (await WarningsAsync(TimeSpan.FromHours(1), 0, "1")).ShouldBe(0);
        (await WarningsAsync(Timeout.InfiniteTimeSpan, 0, "2")).ShouldBe(0);
    }

    private async Task<int> WarningsAsync(TimeSpan warning, int expected, params string[] keys)
    {
        var logs = new RecordingLogger();
        using var loggerFactory = new LoggerFactory([logs]);
        var locks = Database.NewLock(SqlLockMode.RowLock, options => options.LongHoldWarning = warning, loggerFactory: loggerFactory);
        foreach (var key in keys)
        {
            await using var held = await locks.AcquireAsync(key, cancellationToken: Cancellation);
            for (var i = 0; i < 3; i++)
            {
                await held.ExtendAsync(cancellationToken: Cancellation);
            }
        }

        // They are written on another thread.
        await Eventually.BecomesTrueAsync(() => logs.CountOf(HeldForLong) >= expected, "the warnings were written");
        logs.Entries.Where(entry => entry.Id == HeldForLong).ShouldAllBe(entry => entry.Level == LogLevel.Warning);
        return logs.CountOf(HeldForLong);
    }
}
