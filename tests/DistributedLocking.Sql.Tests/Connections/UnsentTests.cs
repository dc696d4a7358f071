using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Connections;

public sealed class MySqlUnsentTests(MySqlFixture fixture) : UnsentTests(fixture);

public sealed class PostgreSqlUnsentTests(PostgreSqlFixture fixture) : UnsentTests(fixture);

/// <summary>What fails before there is a connection has surely sent nothing, and needs no clean-up.</summary>
public abstract class UnsentTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private static readonly AcquireOptions Once = new() { WaitTimeout = TimeSpan.Zero };

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task A_connection_that_is_refused_says_so(SqlLockMode mode)
    {
        var recorder = new RecordingDataSource(Database.Source) { Opening = Task.FromException(new IOException("connection refused")) };
        var locks = Database.NewLock(mode, source: recorder);

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(() => locks.TryAcquireAsync("key", Once, Cancellation).AsTask());

        error.IsUnsent.ShouldBeTrue();
        error.IsTransient.ShouldBeTrue();
        error.InnerException.ShouldBeOfType<IOException>();
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task A_connection_that_comes_too_late_is_not_used(SqlLockMode mode)
    {
        var opening = new TaskCompletionSource();
        var recorder = new RecordingDataSource(Database.Source);
        var locks = Database.NewLock(mode, source: recorder);
        await (await locks.AcquireAsync("key", cancellationToken: Cancellation)).ReleaseAsync(Cancellation);
        await Eventually.BecomesTrueAsync(() => recorder.Closed >= 1, "the first connections were returned");
        recorder.Opening = opening.Task;
        using var cancellation = new CancellationTokenSource();
        var attempt = locks.TryAcquireAsync("key", Once, cancellation.Token).AsTask();
        var closed = recorder.Closed;
        recorder.Commands.Clear();

        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => attempt);
        opening.SetResult();
        await Eventually.BecomesTrueAsync(() => recorder.Closed > closed, "the late connection was returned");

        recorder.Commands.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task What_was_sent_and_failed_is_unknown(SqlLockMode mode)
    {
        var recorder = new RecordingDataSource(Database.Source);
        var locks = Database.NewLock(mode, source: recorder);
        await (await locks.AcquireAsync("key", cancellationToken: Cancellation)).ReleaseAsync(Cancellation);
        recorder.Fault = _ => new IOException("cut");

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(() => locks.TryAcquireAsync("key", Once, Cancellation).AsTask());

        recorder.Fault = _ => null;
        error.IsUnsent.ShouldBeFalse();
    }
}
