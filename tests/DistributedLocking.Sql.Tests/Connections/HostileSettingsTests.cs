using DistributedLocking.Providers;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Sql.Tests.Connections;

public sealed class MySqlHostileSettingsTests() : HostileSettingsTests(new MySqlKind());

public sealed class PostgreSqlHostileSettingsTests() : HostileSettingsTests(new PostgreSqlKind());

/// <summary>
/// A server that by its own settings ends whatever is idle, waits or takes time after a second or two.
/// </summary>
public abstract class HostileSettingsTests(DatabaseKind kind) : IAsyncLifetime
{
    /// <summary>Longer than any of the settings.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(2.5);

    private static readonly AcquireRequest Request = new() { Key = "key", OwnerId = "holder", TimeToLive = TimeSpan.FromMinutes(1) };

    private static readonly LeaseReference Lease = new(Request.Key, Request.OwnerId);

    private DatabaseServer _server = null!;
    private DatabaseUnderTest _database = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await kind.StartHostileServerAsync();
        _database = await DatabaseUnderTest.CreateAsync(kind, _server);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _database.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_row_lock_lasts_as_long_as_its_own_lease_says()
    {
        var provider = _database.NewProvider(SqlLockMode.RowLock);
        var others = _database.NewLock(SqlLockMode.RowLock);
        (await provider.TryAcquireAsync(Request, Cancellation)).IsGranted.ShouldBeTrue();

        await PassAsync();

        (await others.TryAcquireAsync("key", cancellationToken: Cancellation)).ShouldBeNull();
        (await RenewAsync(provider)).ShouldBe(RenewalOutcome.Renewed);
        (await provider.ReleaseAsync(Lease, Cancellation)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_wait_for_a_row_lock_lasts_as_long_as_the_caller_says()
    {
        var waiters = _database.NewLock(SqlLockMode.RowLock);
        var held = await _database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", cancellationToken: Cancellation);
        var timeout = await Should.ThrowAsync<DistributedLockTimeoutException>(waiters.AcquireAsync("key", Long, Cancellation).AsTask());
        timeout.Waited.ShouldBeGreaterThanOrEqualTo(Long - TimeSpan.FromMilliseconds(20));

        var waiting = waiters.AcquireAsync("key", TimeSpan.FromMinutes(1), Cancellation);
        await _database.WaitingAsync(1);
        await PassAsync();
        await _database.WaitingAsync(1);
        await held.ReleaseAsync(Cancellation);

        (await waiting.Within()).IsHeld.ShouldBeTrue();
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task Sessions_that_the_server_ended_in_the_pool_cost_nobody_anything(SqlLockMode mode)
    {
        var provider = _database.NewProvider(mode);
        (await provider.TryAcquireAsync(Request, Cancellation)).IsGranted.ShouldBeTrue();
        await FillPoolAsync();
        await PassAsync();

        (await RenewAsync(provider)).ShouldBe(RenewalOutcome.Renewed);
        await FillPoolAsync();
        await PassAsync();
        (await provider.TryAcquireAsync(Request with { OwnerId = "other" }, Cancellation)).IsGranted.ShouldBeFalse();
        await FillPoolAsync();
        await PassAsync();
        (await provider.ReleaseAsync(Lease, Cancellation)).ShouldBeTrue();
    }

    /// <summary>Where the database notifies.</summary>
    [Fact]
    public async Task A_release_wakes_one_who_has_watched_for_long()
    {
        var provider = _database.NewProvider(SqlLockMode.Lease);
        Assert.SkipUnless(provider.Capabilities.HasFlag(LockProviderCapabilities.Notification), "The database does not notify.");
        (await provider.TryAcquireAsync(Request, Cancellation)).IsGranted.ShouldBeTrue();
        await FillPoolAsync();
        await PassAsync();
        var other = Request with { OwnerId = "other" };
        await using var watch = (await provider.WatchAsync(other, Cancellation)).ShouldNotBeNull();
        await PassAsync();
        (await provider.TryAcquireAsync(other, Cancellation)).IsGranted.ShouldBeFalse();

        (await provider.ReleaseAsync(Lease, Cancellation)).ShouldBeTrue();

        (await watch.WaitAsync(Cancellation).Within()).ShouldBe(WakeUp.Changed);
    }

    private static Task PassAsync() => Task.Delay(Long, TimeProvider.System, Cancellation);

    private static async Task<RenewalOutcome> RenewAsync(SqlLockProvider provider) =>
        (await provider.RenewAsync([new RenewalRequest(Lease, Request.TimeToLive)], Cancellation)).ShouldHaveSingleItem().Outcome;

    /// <summary>Leaves some idle sessions in the pool.</summary>
    private async Task FillPoolAsync()
    {
        var connections = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => _database.Source.OpenConnectionAsync(Cancellation).AsTask()));
        foreach (var connection in connections)
        {
            await connection.DisposeAsync();
        }
    }
}
