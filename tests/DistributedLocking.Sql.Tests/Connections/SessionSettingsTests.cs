using System.Data.Common;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Sql.Tests.Connections;

public sealed class MySqlSessionSettingsTests() : SessionSettingsTests(new MySqlKind());

public sealed class PlainMySqlSessionSettingsTests() : SessionSettingsTests(new PlainMySqlKind());

public sealed class PostgreSqlSessionSettingsTests() : SessionSettingsTests(new PostgreSqlKind());

/// <summary>A pool of one connection, which is handed on as it was left, on a server with unusual settings.</summary>
public abstract class SessionSettingsTests(DatabaseKind kind) : IAsyncLifetime
{
    private static readonly TimeSpan Brief = TimeSpan.FromMilliseconds(300);

    private DatabaseServer _server = null!;
    private DatabaseUnderTest _database = null!;
    private DbDataSource _pool = null!;
    private DistributedLock _locks = null!;
    private DistributedLock _others = null!;
    private string _settings = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await kind.StartUnusualServerAsync("serializable");
        _database = await DatabaseUnderTest.CreateAsync(kind, _server);
        _pool = _database.NewSource("Maximum Pool Size=1", kind.NoReset);
        _locks = _database.NewLock(SqlLockMode.RowLock, source: _pool);
        _others = _database.NewLock(SqlLockMode.RowLock);
        _settings = await _database.TextAsync(kind.Settings, _pool);
        _settings.ShouldStartWith("serializable", Case.Insensitive);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _database.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task After_a_release()
    {
        await using (await _locks.AcquireAsync("first use", cancellationToken: Cancellation))
        {
        }

        await ShouldBeAsBeforeAsync();
        var session = await _database.TextAsync(kind.Self, _pool);
        await using (var held = await _locks.AcquireAsync("first use", LongWait, Cancellation))
        {
            await held.ExtendAsync(TimeSpan.FromSeconds(44), Cancellation);
        }

        await ShouldBeAsBeforeAsync();
        (await _database.TextAsync(kind.Self, _pool)).ShouldBe(session, "The test needs the session that had the lock.");
    }

    [Fact]
    public async Task After_a_release_to_a_pool_as_drivers_have_it_by_default()
    {
        var pool = _database.NewSource("Maximum Pool Size=1");
        var locks = _database.NewLock(SqlLockMode.RowLock, source: pool);
        await using (await locks.AcquireAsync("key", LongWait, Cancellation))
        {
        }

        (await _database.TextAsync(kind.Settings, pool)).ShouldBe(_settings);
    }

    [Fact]
    public async Task After_a_release_that_marks_the_row()
    {
        var locks = _database.NewLock(SqlLockMode.RowLock, options => options.UnusedKeyRetention = TimeSpan.FromDays(7), _pool);
        await using (await locks.AcquireAsync("key", LongWait, Cancellation))
        {
        }

        await _database.SqlAsync($"UPDATE {_database.Table} SET used_at = used_at - 36000000000");
        await using (await locks.AcquireAsync("key", LongWait, Cancellation))
        {
        }

        await ShouldBeAsBeforeAsync();
        (await _database.NumberAsync($"SELECT {kind.Now} - used_at FROM {_database.Table} WHERE lock_key = '5:lock:key'")).ShouldBeLessThan(60_000_000);
    }

    [Fact]
    public async Task After_a_refusal_and_after_a_wait_that_ended()
    {
        await using var held = await _others.AcquireAsync("key", cancellationToken: Cancellation);

        (await _locks.TryAcquireAsync("key", cancellationToken: Cancellation)).ShouldBeNull();
        await ShouldBeAsBeforeAsync(othersHold: 1);
        (await _locks.TryAcquireAsync("key", new AcquireOptions { WaitTimeout = Brief }, Cancellation)).ShouldBeNull();

        await ShouldBeAsBeforeAsync(othersHold: 1);
    }

    [Fact]
    public async Task After_a_cancelled_wait()
    {
        await using var held = await _others.AcquireAsync("key", cancellationToken: Cancellation);
        using var cancel = new CancellationTokenSource();
        var waiting = _locks.AcquireAsync("key", LongWait, cancel.Token).AsTask();
        await _database.WaitingAsync(1);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        await ShouldBeAsBeforeAsync(othersHold: 1);
    }

    [Fact]
    public async Task After_a_killed_session()
    {
        var held = await _locks.AcquireAsync("key", cancellationToken: Cancellation);
        await _database.KillHoldersAsync();
        (await held.ReleaseAsync(Cancellation)).ShouldBeFalse();

        await ShouldBeAsBeforeAsync();
    }

    [Fact]
    public async Task After_a_killed_wait()
    {
        var held = await _others.AcquireAsync("key", cancellationToken: Cancellation);
        var waiting = _locks.TryAcquireAsync("key", new AcquireOptions { WaitTimeout = TimeSpan.FromMinutes(1) }, Cancellation).AsTask();
        await _database.WaitingAsync(1);
        var killed = await kind.GetWaitingAsync(_database);
        await _database.AdminAsync(kind.Kill(killed.ShouldHaveSingleItem()));
        await Eventually.BecomesTrueAsync(
            async () => (await kind.GetWaitingAsync(_database)) is [var session] && session != killed[0], "another session waits");
        await held.ReleaseAsync(Cancellation);

        await (await waiting.Within()).ShouldNotBeNull().ReleaseAsync(Cancellation);
        await ShouldBeAsBeforeAsync();
    }

    [Fact]
    public async Task After_a_lock_that_is_disposed_with_what_it_holds()
    {
        await _locks.AcquireAsync("key", cancellationToken: Cancellation);

        await _locks.DisposeAsync();

        await ShouldBeAsBeforeAsync();
        (await _others.AcquireAsync("key", LongWait, Cancellation)).IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task After_leases()
    {
        var leases = _database.NewLock(SqlLockMode.Lease, source: _pool);
        await using (var held = await leases.AcquireAsync("key", cancellationToken: Cancellation))
        {
            await held.ExtendAsync(cancellationToken: Cancellation);
        }

        await ShouldBeAsBeforeAsync();
    }

    private static AcquireOptions LongWait { get; } = new() { WaitTimeout = TimeSpan.FromSeconds(60) };

    private async Task ShouldBeAsBeforeAsync(int othersHold = 0)
    {
        // The pool has its only connection back.
        (await _database.TextAsync(kind.Settings, _pool)).ShouldBe(_settings);
        await _database.HoldingAsync(othersHold);
    }
}
