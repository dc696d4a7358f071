using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Sql.Tests.Tables;

public sealed class MySqlFirstUseTests() : FirstUseTests(new MySqlKind());

public sealed class PostgreSqlFirstUseTests() : FirstUseTests(new PostgreSqlKind());

/// <summary>Many instances meet at the same key at the same time, and there is no row yet, and no table.</summary>
public abstract class FirstUseTests(DatabaseKind kind) : OwnServerTests(kind)
{
    private const int Instances = 50;

    [Theory]
    [InlineData(SqlLockMode.RowLock, false)]
    [InlineData(SqlLockMode.RowLock, true)]
    [InlineData(SqlLockMode.Lease, false)]
    [InlineData(SqlLockMode.Lease, true)]
    public async Task All_have_the_key_in_turn(SqlLockMode mode, bool tableExists)
    {
        var pool = Database.NewSource("Maximum Pool Size=200");
        if (tableExists)
        {
            await using var other = await Database.NewLock(mode).AcquireAsync("other", cancellationToken: Cancellation);
        }

        var options = new AcquireOptions { WaitTimeout = TimeSpan.FromSeconds(60), Retry = RetryPolicy.Forever(TimeSpan.FromMilliseconds(50)) };
        var logs = new RecordingLogger();
        using var loggerFactory = new LoggerFactory([logs]);
        var locks = Enumerable.Range(0, Instances)
            .Select(_ => Database.NewLock(mode, all => all.CommandTimeout = TimeSpan.FromSeconds(20), pool, loggerFactory))
            .ToArray();
        var tokens = new List<long>();
        var holders = 0;

        await Task.WhenAll(locks.Select(TakeTurnAsync)).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Cancellation);

        tokens.Count.ShouldBe(Instances);
        tokens.ShouldBe(tokens.Distinct().Order());
        logs.Entries.Where(entry => entry.Level >= LogLevel.Error).ShouldBeEmpty();

        async Task TakeTurnAsync(DistributedLock instance)
        {
            var handle = await instance.AcquireAsync("key", options, Cancellation);
            Interlocked.Increment(ref holders).ShouldBe(1);
            tokens.Add(handle.FencingToken);
            Interlocked.Decrement(ref holders);
            (await handle.ReleaseAsync(Cancellation)).ShouldBeTrue();
        }
    }
}
