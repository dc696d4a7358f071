using DistributedLocking.PostgreSql;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Poolers;

public sealed class SessionPoolTests(SessionPoolFixture fixture) : PgBouncerTests(fixture, notifies: true), IClassFixture<SessionPoolFixture>;

public sealed class TransactionPoolTests(TransactionPoolFixture fixture) : PgBouncerTests(fixture, notifies: false), IClassFixture<TransactionPoolFixture>;

/// <summary>
/// What row locks and leases promise behind a pooler. The lock has a pool of the driver's of its own before it, as with
/// a connection string.
/// </summary>
public abstract class PgBouncerTests(PgBouncerFixture fixture, bool notifies) : IAsyncLifetime
{
    private static readonly AcquireOptions LongWait = new() { WaitTimeout = TimeSpan.FromSeconds(60) };

    private DatabaseUnderTest _database = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await fixture.CreateDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _database.DisposeAsync();
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task Locks_exclude_and_their_tokens_rise(SqlLockMode mode)
    {
        var gate = new object();
        var holders = 0;
        var last = 0L;
        var violations = new List<string>();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(TakeTurnsAsync, Cancellation)));

        violations.ShouldBeEmpty();

        async Task TakeTurnsAsync()
        {
            var locks = NewLock(mode);
            for (var turn = 0; turn < 20; turn++)
            {
                var held = await locks.AcquireAsync("key", LongWait, Cancellation);
                lock (gate)
                {
                    if (++holders != 1 || held.FencingToken <= last)
                    {
                        violations.Add($"{holders} holders, token {held.FencingToken} after {last}");
                    }

                    last = held.FencingToken;
                }

                await held.ExtendAsync(cancellationToken: Cancellation);
                lock (gate)
                {
                    holders--;
                }

                (await held.ReleaseAsync(Cancellation)).ShouldBeTrue();
            }
        }
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task Readers_share_writers_do_not_and_permits_are_counted(SqlLockMode mode)
    {
        var (locks, others) = (NewLock(mode), NewLock(mode));
        var first = await locks.AcquireReadLockAsync("key", LongWait, Cancellation);
        var second = await others.AcquireReadLockAsync("key", LongWait, Cancellation);
        (await locks.TryAcquireWriteLockAsync("key", cancellationToken: Cancellation)).ShouldBeNull();
        var writing = locks.AcquireWriteLockAsync("key", LongWait, Cancellation);
        await using var permit = await ((IDistributedSemaphore)locks).AcquireAsync("key", 1, LongWait, Cancellation);
        (await ((IDistributedSemaphore)others).TryAcquireAsync("key", 1, cancellationToken: Cancellation)).ShouldBeNull();
        (await first.ReleaseAsync(Cancellation)).ShouldBeTrue();
        (await second.ReleaseAsync(Cancellation)).ShouldBeTrue();

        await using var writer = await writing.Within();
        writer.FencingToken.ShouldBeGreaterThan(Math.Max(first.FencingToken, second.FencingToken));
    }

    [Fact]
    public async Task A_waiter_for_a_row_lock_waits_in_the_database_and_no_longer_than_it_says()
    {
        var held = await NewLock(SqlLockMode.RowLock).AcquireAsync("key", cancellationToken: Cancellation);
        var brief = new AcquireOptions { WaitTimeout = TimeSpan.FromMilliseconds(300) };
        (await NewLock(SqlLockMode.RowLock).TryAcquireAsync("key", brief, Cancellation)).ShouldBeNull();

        var waiting = NewLock(SqlLockMode.RowLock).AcquireAsync("key", LongWait, Cancellation).AsTask();
        await _database.WaitingAsync(1);
        (await held.ReleaseAsync(Cancellation)).ShouldBeTrue();

        (await waiting).IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task The_row_lock_of_a_stopped_holder_ends_at_its_time_to_live()
    {
        var stopped = NewProvider(SqlLockMode.RowLock);
        var request = new AcquireRequest { Key = "key", OwnerId = "stopped", TimeToLive = TimeSpan.FromSeconds(1) };
        (await stopped.TryAcquireAsync(request, Cancellation)).IsGranted.ShouldBeTrue();

        (await NewLock(SqlLockMode.RowLock).AcquireAsync("key", LongWait, Cancellation)).IsHeld.ShouldBeTrue();

        (await stopped.RenewAsync([new(new(request.Key, request.OwnerId), request.TimeToLive)], Cancellation))[0].Outcome.ShouldBe(RenewalOutcome.Lost);
    }

    [Fact]
    public async Task The_row_lock_of_a_session_that_is_killed_is_free_at_once()
    {
        var held = await NewLock(SqlLockMode.RowLock).AcquireAsync("key", cancellationToken: Cancellation);

        await _database.KillHoldersAsync();

        (await NewLock(SqlLockMode.RowLock).AcquireAsync("key", LongWait, Cancellation)).FencingToken.ShouldBeGreaterThan(held.FencingToken);
        (await held.ReleaseAsync(Cancellation)).ShouldBeFalse();
    }

    /// <summary>The pooler hands them on to others.</summary>
    [Fact]
    public async Task Sessions_are_left_as_they_were()
    {
        await using var source = _database.Kind.CreateSource(fixture.ConnectionString(_database));
        var settings = await _database.TextAsync(_database.Kind.Settings, source);
        var locks = NewLock(SqlLockMode.RowLock);
        await using (await locks.AcquireAsync("key", LongWait, Cancellation))
        {
            (await NewLock(SqlLockMode.RowLock).TryAcquireAsync("key", cancellationToken: Cancellation)).ShouldBeNull();
        }

        await locks.DisposeAsync();

        (await _database.TextAsync(_database.Kind.Settings, source)).ShouldBe(settings);
        await _database.HoldingAsync(0);
    }

    /// <summary>By a notification where the pooler keeps sessions, else by a look.</summary>
    [Fact]
    public async Task A_waiter_gets_a_lease_that_is_released()
    {
        var held = await NewLock(SqlLockMode.Lease).AcquireAsync("key", cancellationToken: Cancellation);
        var waiting = NewLock(SqlLockMode.Lease).AcquireAsync("key", LongWait, Cancellation).AsTask();
        await Eventually.BecomesTrueAsync(
            async () => !notifies || await _database.NumberAsync($"SELECT wanted_until FROM {_database.Table}") > 0, "somebody wants to be told");

        (await held.ReleaseAsync(Cancellation)).ShouldBeTrue();

        (await waiting).FencingToken.ShouldBeGreaterThan(held.FencingToken);
    }

    private DistributedLock NewLock(SqlLockMode mode) => _database.NewLock(mode, Configure);

    private SqlLockProvider NewProvider(SqlLockMode mode) => _database.NewProvider(mode, Configure);

    private void Configure(SqlLockOptions options)
    {
        options.ConnectionString = fixture.ConnectionString(_database);
        ((PostgreSqlLockOptions)options).UseNotifications = notifies;
    }
}
