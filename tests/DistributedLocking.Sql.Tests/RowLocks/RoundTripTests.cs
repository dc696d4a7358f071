using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Tests.Servers;

namespace DistributedLocking.Sql.Tests.RowLocks;

public sealed class MySqlRoundTripTests(MySqlFixture fixture) : RoundTripTests(fixture);

public sealed class PlainMySqlRoundTripTests(PlainMySqlFixture fixture) : RoundTripTests(fixture);

public sealed class PostgreSqlRoundTripTests(PostgreSqlFixture fixture) : RoundTripTests(fixture);

/// <summary>How often the server is asked. Each command is one round trip.</summary>
public abstract class RoundTripTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    public async Task A_row_lock_takes_one_to_acquire_with_one_more_at_first_use_and_one_to_renew_and_to_release(int waitSeconds)
    {
        var options = new AcquireOptions { WaitTimeout = TimeSpan.FromSeconds(waitSeconds) };
        var recorder = new RecordingDataSource(Database.Source);
        var locks = Database.NewLock(SqlLockMode.RowLock, source: recorder);
        await using (await locks.AcquireAsync("other", options, Cancellation))
        {
        }

        foreach (var toAcquire in (int[])[2, 1, 1])
        {
            recorder.Commands.Clear();
            var held = await locks.AcquireAsync("key", options, Cancellation);
            recorder.Commands.Count.ShouldBe(toAcquire);
            recorder.Commands.Clear();
            await held.ExtendAsync(cancellationToken: Cancellation);
            recorder.Commands.Count.ShouldBe(1);
            recorder.Commands.Clear();
            (await held.ReleaseAsync(Cancellation)).ShouldBeTrue();
            recorder.Commands.Count.ShouldBe(1);
        }
    }

    [Fact]
    public async Task A_lease_takes_one_each_at_first_use_too()
    {
        var recorder = new RecordingDataSource(Database.Source);
        var locks = Database.NewLock(SqlLockMode.Lease, source: recorder);
        await using (await locks.AcquireAsync("other", cancellationToken: Cancellation))
        {
        }

        for (var i = 0; i < 2; i++)
        {
            recorder.Commands.Clear();
            var held = await locks.AcquireAsync("key", cancellationToken: Cancellation);
            recorder.Commands.Count.ShouldBe(1);
            await held.ExtendAsync(cancellationToken: Cancellation);
            recorder.Commands.Count.ShouldBe(2);
            (await held.ReleaseAsync(Cancellation)).ShouldBeTrue();
            recorder.Commands.Count.ShouldBe(3);
        }
    }

    [Fact]
    public async Task The_victim_of_a_deadlock_tries_again()
    {
        var recorder = new RecordingDataSource(Database.Source);
        var locks = Database.NewLock(SqlLockMode.RowLock, source: recorder);
        await using (await locks.AcquireAsync("key", LongWait, Cancellation))
        {
        }

        var faults = 0;
        recorder.Fault = text => text.Contains("FOR UPDATE", StringComparison.Ordinal) && faults++ < 3 ? ServerError.Deadlock() : null;
        await using var held = await locks.TryAcquireAsync("key", cancellationToken: Cancellation);

        held.ShouldNotBeNull();
        faults.ShouldBe(4);
        await Database.HoldingAsync(1);
    }

    [Fact]
    public async Task A_deadlock_without_end_is_a_failure_and_not_contention()
    {
        var recorder = new RecordingDataSource(Database.Source);
        var locks = Database.NewLock(SqlLockMode.RowLock, source: recorder);
        await using (await locks.AcquireAsync("key", LongWait, Cancellation))
        {
        }

        recorder.Fault = text => text.Contains("FOR UPDATE", StringComparison.Ordinal) ? ServerError.Deadlock() : null;

        await Should.ThrowAsync<DistributedLockUnavailableException>(() => locks.TryAcquireAsync("key", cancellationToken: Cancellation).AsTask());
        await Database.HoldingAsync(0);
    }
}
