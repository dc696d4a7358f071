using DistributedLocking.Providers;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Sql.Tests.Leases;

/// <summary>
/// Who waits for a lease on PostgreSQL looks at its row and does not write to it: that would cost the server
/// transaction ids, and each version of a row that an old snapshot keeps makes the holders slower. The server is the
/// test's own, since others would take transaction ids too.
/// </summary>
public sealed class WaitingWritesNothingTests : IAsyncLifetime
{
    private const int Waiters = 5;

    private readonly PostgreSqlKind _kind = new();
    private DatabaseServer _server = null!;
    private DatabaseUnderTest _database = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await _kind.StartServerAsync("-c", "autovacuum=off");
        _database = await DatabaseUnderTest.CreateAsync(_kind, _server);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_hundred_looks_take_hardly_any_transaction_id()
    {
        var holder = _database.NewProvider(SqlLockMode.Lease);
        var waiter = _database.NewProvider(SqlLockMode.Lease);
        (await LookAsync(holder, "a")).IsGranted.ShouldBeTrue();
        var before = await NextTransactionAsync();

        for (var i = 0; i < 100; i++)
        {
            var reply = await LookAsync(waiter, "b");
            reply.IsGranted.ShouldBeFalse();
            reply.HolderExpiresIn.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(10));
        }

        // The first attempt, which takes the lease if it can, and the wish to be notified, again where that has taken
        // long.
        (await NextTransactionAsync() - before).ShouldBeLessThan(20);
    }

    [Fact]
    public async Task Waiting_processes_take_hardly_any_transaction_id()
    {
        await using var held = await _database.NewLock(SqlLockMode.Lease).AcquireAsync("key", cancellationToken: Cancellation);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var waiting = Enumerable.Range(0, Waiters)
            .Select(_ => _database.NewLock(SqlLockMode.Lease).AcquireAsync("key", new AcquireOptions { WaitTimeout = TimeSpan.FromMinutes(5) }, end.Token).AsTask())
            .ToArray();
        await Eventually.BecomesTrueAsync(
            async () => (await _database.AdminAsync($"{_kind.Sessions(_database.Name)} AND query LIKE 'LISTEN%'")).Count == Waiters, "all of them listen");

        // Those who look at once after that have looked.
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, Cancellation);
        var before = await NextTransactionAsync();
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, Cancellation);
        var taken = await NextTransactionAsync() - before;

        // Each has looked twice at least. The wish may have been renewed.
        taken.ShouldBeLessThan(Waiters);
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => Task.WhenAll(waiting));
    }

    [Fact]
    public async Task The_wish_to_be_notified_is_renewed_while_there_is_time()
    {
        var holder = _database.NewProvider(SqlLockMode.Lease);
        var waiter = _database.NewProvider(SqlLockMode.Lease);
        (await LookAsync(holder, "a")).IsGranted.ShouldBeTrue();

        (await WishAfterLookAsync(seconds: 5)).ShouldBeInRange(15_000_000, 20_000_000);
        (await WishAfterLookAsync(seconds: 30)).ShouldBeInRange(20_000_001, 30_000_000);

        async Task<long> WishAfterLookAsync(int seconds)
        {
            await _database.SqlAsync($"UPDATE {_database.Table} SET wanted_until = {_kind.Now} + {seconds}000000");
            (await LookAsync(waiter, "b")).IsGranted.ShouldBeFalse();
            return await _database.NumberAsync($"SELECT wanted_until - {_kind.Now} FROM {_database.Table}");
        }
    }

    [Fact]
    public async Task A_lease_that_was_refused_a_moment_ago_is_taken_once_it_is_free_or_has_lapsed()
    {
        var holder = _database.NewProvider(SqlLockMode.Lease);
        var waiter = _database.NewProvider(SqlLockMode.Lease);
        var first = await LookAsync(holder, "a");
        (await LookAsync(waiter, "b")).IsGranted.ShouldBeFalse();
        await holder.ReleaseAsync(new("key", "a"), Cancellation);

        var second = await LookAsync(waiter, "b", tokens: 5);
        second.IsGranted.ShouldBeTrue();
        second.FencingToken.ShouldBeGreaterThan(first.FencingToken);
        (await LookAsync(waiter, "c")).IsGranted.ShouldBeFalse();

        await _database.SqlAsync($"UPDATE {_database.Table} SET expires_at = {_kind.Now}");
        var third = await LookAsync(waiter, "c");
        third.IsGranted.ShouldBeTrue();
        third.FencingToken.ShouldBeGreaterThan(second.FencingToken + 4);
        (await waiter.RenewAsync([new(new("key", "b"), TimeSpan.FromMinutes(1))], Cancellation))[0].Outcome.ShouldBe(RenewalOutcome.Lost);

        await _database.SqlAsync($"DELETE FROM {_database.Table}");
        (await LookAsync(waiter, "d")).IsGranted.ShouldBeTrue();
    }

    private static Task<AcquireReply> LookAsync(SqlLockProvider provider, string owner, int tokens = 1) => provider.TryAcquireAsync(
        new AcquireRequest { Key = "key", OwnerId = owner, TimeToLive = TimeSpan.FromMinutes(10), Tokens = tokens }, Cancellation).AsTask();

    private Task<long> NextTransactionAsync() => _database.NumberAsync("SELECT txid_snapshot_xmax(txid_current_snapshot())");
}
