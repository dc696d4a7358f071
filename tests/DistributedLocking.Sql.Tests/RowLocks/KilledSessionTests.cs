using DistributedLocking.Providers;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.RowLocks;

public sealed class MySqlKilledSessionTests(MySqlFixture fixture) : KilledSessionTests(fixture);

public sealed class PlainMySqlKilledSessionTests(PlainMySqlFixture fixture) : KilledSessionTests(fixture);

public sealed class PostgreSqlKilledSessionTests(PostgreSqlFixture fixture) : KilledSessionTests(fixture);

/// <summary>An administrator kills sessions.</summary>
public abstract class KilledSessionTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    [Fact]
    public async Task The_waiter_has_the_lock_at_once_and_the_holder_learns_of_it()
    {
        var holders = Database.NewLock(SqlLockMode.RowLock, options => options.RenewalInterval = TimeSpan.FromMilliseconds(200));
        var waiters = Database.NewLock(SqlLockMode.RowLock);
        var held = await holders.AcquireAsync("key", cancellationToken: Cancellation);
        var lost = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        held.LostToken.Register(() => lost.TrySetResult(true));
        var waiting = waiters.AcquireAsync("key", LongWait, Cancellation);
        await Database.WaitingAsync(1);

        await Database.KillHoldersAsync();

        // The lease would last for half a minute.
        var next = await waiting.Within(TimeSpan.FromSeconds(5));
        await lost.Task.Within(TimeSpan.FromSeconds(10));
        next.FencingToken.ShouldBeGreaterThan(held.FencingToken);
        held.IsHeld.ShouldBeFalse();
        (await held.ReleaseAsync(Cancellation)).ShouldBeFalse();
        (await next.ReleaseAsync(Cancellation)).ShouldBeTrue();
    }

    [Fact]
    public async Task The_next_renewal_says_lost()
    {
        var provider = Database.NewProvider(SqlLockMode.RowLock);
        var lease = new LeaseReference("key", "owner");
        var reply = await provider.TryAcquireAsync(
            new AcquireRequest { Key = "key", OwnerId = "owner", TimeToLive = TimeSpan.FromSeconds(30) }, Cancellation);
        reply.IsGranted.ShouldBeTrue();

        await Database.KillHoldersAsync();
        await Database.HoldingAsync(0);

        var renewal = (await provider.RenewAsync([new RenewalRequest(lease, TimeSpan.FromSeconds(30))], Cancellation)).Single();
        renewal.Outcome.ShouldBe(RenewalOutcome.Lost);
        (await provider.ReleaseAsync(lease, Cancellation)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_release_that_finds_the_session_gone_says_false()
    {
        var locks = Database.NewLock(SqlLockMode.RowLock, options => options.AutoRenew = false);
        var held = await locks.AcquireAsync("key", cancellationToken: Cancellation);

        await Database.KillHoldersAsync();
        await Database.HoldingAsync(0);

        (await held.ReleaseAsync(Cancellation)).ShouldBeFalse();
    }

    [Fact]
    public async Task An_extension_that_finds_the_session_gone_says_lost()
    {
        var locks = Database.NewLock(SqlLockMode.RowLock, options => options.AutoRenew = false);
        var held = await locks.AcquireAsync("key", cancellationToken: Cancellation);

        await Database.KillHoldersAsync();
        await Database.HoldingAsync(0);

        await Should.ThrowAsync<DistributedLockLostException>(() => held.ExtendAsync(cancellationToken: Cancellation).AsTask());
        held.LostToken.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task Tokens_rise_although_nothing_was_committed()
    {
        var tokens = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            var locks = Database.NewLock(SqlLockMode.RowLock, options => options.AutoRenew = false);
            tokens.Add((await locks.AcquireAsync("key", LongWait, Cancellation)).FencingToken);
            await Database.KillHoldersAsync();
        }

        tokens.ShouldBe(tokens.Distinct().Order());
        (await Database.NumberAsync($"SELECT token FROM {Database.Table}")).ShouldBeLessThan(tokens[0] + 1);
    }

    [Fact]
    public async Task A_waiter_whose_session_is_killed_waits_on_with_another()
    {
        var holders = Database.NewLock(SqlLockMode.RowLock);
        var waiters = Database.NewLock(SqlLockMode.RowLock);
        var held = await holders.AcquireAsync("key", cancellationToken: Cancellation);
        var waiting = waiters.AcquireAsync("key", LongWait, Cancellation);
        await Database.WaitingAsync(1);

        foreach (var session in await Kind.GetWaitingAsync(Database))
        {
            await Database.AdminAsync(Kind.Kill(session));
            await Eventually.BecomesTrueAsync(async () => !(await Kind.GetWaitingAsync(Database)).Contains(session), "the killed session is gone");
        }

        // It has a long wait left, so it tries again.
        await Database.WaitingAsync(1);
        (await held.ReleaseAsync(Cancellation)).ShouldBeTrue();
        (await waiting.Within()).IsHeld.ShouldBeTrue();
    }
}
