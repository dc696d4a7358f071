using System.Diagnostics;
using DistributedLocking.Sql.Tests.Servers;

namespace DistributedLocking.Sql.Tests.RowLocks;

/// <summary>Tests that measure time have the machine to themselves.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TimedTests
{
    public const string Name = "Timing";
}

[Collection(TimedTests.Name)]
public sealed class MySqlWaitBoundTests(MySqlFixture fixture) : WaitBoundTests(fixture);

[Collection(TimedTests.Name)]
public sealed class PlainMySqlWaitBoundTests(PlainMySqlFixture fixture) : WaitBoundTests(fixture);

[Collection(TimedTests.Name)]
public sealed class PostgreSqlWaitBoundTests(PostgreSqlFixture fixture) : WaitBoundTests(fixture);

/// <summary>A wait ends with the caller's, even where the server counts in whole seconds.</summary>
public abstract class WaitBoundTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private static readonly TimeSpan Precision = TimeSpan.FromMilliseconds(100);

    /// <summary>A busy machine may hold up one wait, but not each of so many.</summary>
    private const int Tries = 15;

    [Theory]
    [InlineData(0.35)]
    [InlineData(1.2)]
    [InlineData(2.5)]
    public async Task A_wait_in_the_databases_queue_is_exact(double seconds)
    {
        var wait = TimeSpan.FromSeconds(seconds);
        var holders = Database.NewLock(SqlLockMode.RowLock);
        var waiters = Database.NewLock(SqlLockMode.RowLock);
        await using var warmUp = await waiters.AcquireAsync("other", cancellationToken: Cancellation);
        await using var held = await holders.AcquireAsync("key", cancellationToken: Cancellation);

        var least = TimeSpan.MaxValue;
        for (var i = 0; i < Tries && least > Precision; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var waiting = waiters.TryAcquireAsync("key", new AcquireOptions { WaitTimeout = wait }, Cancellation);
            await Database.WaitingAsync(1);
            try
            {
                (await waiting).ShouldBeNull();
            }
            catch (DistributedLockUnavailableException)
            {
                // Held up by more than a second, so that the engine waits no longer for the answer.
                continue;
            }

            var late = Stopwatch.GetElapsedTime(start) - wait;

            late.ShouldBeGreaterThanOrEqualTo(TimeSpan.Zero, "It gave up too early.");
            least = late < least ? late : least;
        }

        least.ShouldBeLessThanOrEqualTo(Precision);
        held.IsHeld.ShouldBeTrue();
        await Database.HoldingAsync(2);
    }
}
