using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Tables;

public sealed class MySqlMixedModeTests(MySqlFixture fixture) : MixedModeTests(fixture);

public sealed class PostgreSqlMixedModeTests(PostgreSqlFixture fixture) : MixedModeTests(fixture);

/// <summary>Two applications that should agree on the mode do not.</summary>
public abstract class MixedModeTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    [Fact]
    public async Task A_lease_keeps_row_locks_out()
    {
        var leases = Database.NewLock(SqlLockMode.Lease);
        var rows = Database.NewLock(SqlLockMode.RowLock);
        var held = await leases.AcquireAsync("key", cancellationToken: Cancellation);

        (await rows.TryAcquireAsync("key", cancellationToken: Cancellation)).ShouldBeNull();
        (await rows.TryAcquireAsync("key", new AcquireOptions { WaitTimeout = TimeSpan.FromSeconds(0.6) }, Cancellation)).ShouldBeNull();
        await held.ExtendAsync(cancellationToken: Cancellation);
        var waiting = rows.AcquireAsync("key", LongWait, Cancellation);
        (await held.ReleaseAsync(Cancellation)).ShouldBeTrue();

        var next = await waiting.Within();
        next.FencingToken.ShouldBeGreaterThan(held.FencingToken);
        (await next.ReleaseAsync(Cancellation)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_lease_that_lapsed_lets_row_locks_in()
    {
        var leases = Database.NewLock(SqlLockMode.Lease, options => options.AutoRenew = false);
        await leases.AcquireAsync("key", new AcquireOptions { TimeToLive = TimeSpan.FromSeconds(1) }, Cancellation);

        (await Database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", LongWait, Cancellation).Within()).IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_row_lock_keeps_leases_out()
    {
        var leases = Database.NewLock(SqlLockMode.Lease, options => options.CommandTimeout = TimeSpan.FromSeconds(1));
        await using (await leases.AcquireAsync("key", cancellationToken: Cancellation))
        {
        }

        var held = await Database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", LongWait, Cancellation);

        (await IsGrantedAsync()).ShouldBeFalse();
        held.IsHeld.ShouldBeTrue();
        (await held.ReleaseAsync(Cancellation)).ShouldBeTrue();
        var next = await leases.AcquireAsync("key", LongWait, Cancellation);
        next.FencingToken.ShouldBeGreaterThan(held.FencingToken);

        // The statement waits for the row, so what it says in the end is that the database did not answer.
        async Task<bool> IsGrantedAsync()
        {
            try
            {
                return await leases.TryAcquireAsync("key", cancellationToken: Cancellation) is not null;
            }
            catch (DistributedLockUnavailableException)
            {
                return false;
            }
        }
    }
}
