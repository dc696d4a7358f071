using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Sql.Tests.Connections;

public sealed class MySqlServerRestartTests() : ServerRestartTests(new MySqlKind());

public sealed class PostgreSqlServerRestartTests() : ServerRestartTests(new PostgreSqlKind());

/// <summary>The server ends and starts again while locks are held.</summary>
public abstract class ServerRestartTests(DatabaseKind kind) : IAsyncLifetime
{
    private static readonly AcquireOptions LongLease = new() { TimeToLive = TimeSpan.FromMinutes(5) };

    private DatabaseServer _server = null!;
    private DatabaseUnderTest _database = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await kind.StartServerAsync();
        _database = await DatabaseUnderTest.CreateAsync(kind, _server);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _database.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Row_locks_are_lost_and_leases_last(bool isKilled)
    {
        var rows = _database.NewLock(SqlLockMode.RowLock, options => options.RenewalInterval = TimeSpan.FromMilliseconds(200));
        var leases = _database.NewLock(SqlLockMode.Lease);
        var row = await rows.AcquireAsync("row", LongLease, Cancellation);
        var lease = await leases.AcquireAsync("lease", LongLease, Cancellation);
        var lost = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        row.LostToken.Register(() => lost.TrySetResult(true));

        await (isKilled ? _server.KillAsync() : _server.StopAsync());

        // Long before the lease's own end.
        await lost.Task.Within(TimeSpan.FromSeconds(20));
        row.IsHeld.ShouldBeFalse();
        foreach (var locks in (DistributedLock[])[rows, leases])
        {
            await Should.ThrowAsync<DistributedLockUnavailableException>(() => locks.TryAcquireAsync("row", LongLease, Cancellation).AsTask());
        }

        await _server.RestartAsync();

        (await row.ReleaseAsync(Cancellation)).ShouldBeFalse();
        var next = await rows.AcquireAsync("row", LongLease with { WaitTimeout = TimeSpan.FromSeconds(60) }, Cancellation);
        next.FencingToken.ShouldBeGreaterThan(row.FencingToken);
        lease.IsHeld.ShouldBeTrue();
        lease.LostToken.IsCancellationRequested.ShouldBeFalse();
        (await _database.NewLock(SqlLockMode.Lease).TryAcquireAsync("lease", cancellationToken: Cancellation)).ShouldBeNull();
        await Eventually.BecomesTrueAsync(() => ExtendsAsync(lease), "the lease is renewed");
        (await lease.ReleaseAsync(Cancellation)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_waiter_waits_on_through_a_restart()
    {
        var holders = _database.NewLock(SqlLockMode.RowLock);
        var waiters = _database.NewLock(SqlLockMode.RowLock);
        await holders.AcquireAsync("key", LongLease, Cancellation);
        var waiting = waiters.AcquireAsync("key", LongLease with { WaitTimeout = TimeSpan.FromSeconds(60) }, Cancellation).AsTask();
        await _database.WaitingAsync(1);

        await _server.KillAsync();
        await _server.RestartAsync();

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
