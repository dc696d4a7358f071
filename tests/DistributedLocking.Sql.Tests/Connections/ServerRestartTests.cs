using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Connections;

public sealed class MySqlServerRestartTests() : ServerRestartTests(new MySqlKind());

public sealed class PostgreSqlServerRestartTests() : ServerRestartTests(new PostgreSqlKind());

/// <summary>The server ends and starts again while locks are held.</summary>
public abstract class ServerRestartTests(DatabaseKind kind) : OwnServerTests(kind)
{
    private static readonly AcquireOptions LongLease = new() { TimeToLive = TimeSpan.FromMinutes(5) };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Row_locks_are_lost_and_leases_last(bool isKilled)
    {
        var rows = Database.NewLock(SqlLockMode.RowLock, options => options.RenewalInterval = TimeSpan.FromMilliseconds(200));
        var leases = Database.NewLock(SqlLockMode.Lease);
        var row = await rows.AcquireAsync("row", LongLease, Cancellation);
        var lease = await leases.AcquireAsync("lease", LongLease, Cancellation);
        var lost = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        row.LostToken.Register(() => lost.TrySetResult(true));

        await (isKilled ? Server.KillAsync() : Server.StopAsync());

        // Long before the lease's own end.
        await lost.Task.Within(TimeSpan.FromSeconds(20));
        row.IsHeld.ShouldBeFalse();
        foreach (var locks in (DistributedLock[])[rows, leases])
        {
            await Should.ThrowAsync<DistributedLockUnavailableException>(() => locks.TryAcquireAsync("row", LongLease, Cancellation).AsTask());
        }

        await Server.RestartAsync();

        (await row.ReleaseAsync(Cancellation)).ShouldBeFalse();
        var next = await rows.AcquireAsync("row", LongLease with { WaitTimeout = TimeSpan.FromSeconds(60) }, Cancellation);
        next.FencingToken.ShouldBeGreaterThan(row.FencingToken);
        lease.IsHeld.ShouldBeTrue();
        lease.LostToken.IsCancellationRequested.ShouldBeFalse();
        (await Database.NewLock(SqlLockMode.Lease).TryAcquireAsync("lease", cancellationToken: Cancellation)).ShouldBeNull();
        await Eventually.BecomesTrueAsync(() => ExtendsAsync(lease), "the lease is renewed");
        (await lease.ReleaseAsync(Cancellation)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_waiter_waits_on_through_a_restart()
    {
        var holders = Database.NewLock(SqlLockMode.RowLock);
        var waiters = Database.NewLock(SqlLockMode.RowLock);
        await holders.AcquireAsync("key", LongLease, Cancellation);
        var waiting = waiters.AcquireAsync("key", LongLease with { WaitTimeout = TimeSpan.FromSeconds(60) }, Cancellation).AsTask();
        await Database.WaitingAsync(1);

        await Server.KillAsync();
        await Server.RestartAsync();

        (await waiting.Within()).IsHeld.ShouldBeTrue();
    }

    private static async Task<bool> ExtendsAsync(IDistributedLockHandle handle)
    {
        try
        {
            await handle.ExtendAsync(cancellationToken: Cancellation);
            return true;
        }
        catch (DistributedLockUnavailableException)
        {
            // A connection of the pool that the restart has cut.
            return false;
        }
    }
}
