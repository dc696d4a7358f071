using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Sql.Tests.Connections;

public sealed class MySqlRepeatableReadTests() : IsolationLevelTests(new MySqlKind(), "repeatable read");

public sealed class MySqlSerializableTests() : IsolationLevelTests(new MySqlKind(), "serializable");

public sealed class PostgreSqlRepeatableReadTests() : IsolationLevelTests(new PostgreSqlKind(), "repeatable read");

public sealed class PostgreSqlSerializableTests() : IsolationLevelTests(new PostgreSqlKind(), "serializable");

/// <summary>The server's sessions begin with another isolation level than read committed.</summary>
public abstract class IsolationLevelTests(DatabaseKind kind, string level) : IAsyncLifetime
{
    private const int Keys = 30;

    private static readonly AcquireOptions LongWait = new() { WaitTimeout = TimeSpan.FromSeconds(60), Retry = RetryPolicy.Forever(TimeSpan.FromMilliseconds(20)) };

    private DatabaseServer _server = null!;
    private DatabaseUnderTest _database = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await kind.StartUnusualServerAsync(level);
        _database = await DatabaseUnderTest.CreateAsync(kind, _server);
        (await _database.TextAsync(kind.Settings)).Replace('-', ' ').ShouldStartWith(level, Case.Insensitive);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _database.DisposeAsync();
        await _server.DisposeAsync();
    }

    /// <summary>
    /// Each holds all of its keys at the end, so a lock on a gap or a neighbour would stop the other.
    /// </summary>
    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task Neighbouring_keys_in_opposite_orders_never_meet(SqlLockMode mode)
    {
        for (var round = 0; round < 2; round++)
        {
            var ascending = _database.NewLock(mode);
            var descending = _database.NewLock(mode);

            var handles = await Task.WhenAll(
                HoldAllAsync(ascending, Enumerable.Range(0, Keys).Select(i => 2 * i)),
                HoldAllAsync(descending, Enumerable.Range(0, Keys).Select(i => (2 * (Keys - i)) - 1))).Within();

            handles.SelectMany(held => held).ShouldAllBe(handle => handle.IsHeld);
            await Task.WhenAll(handles.SelectMany(held => held).Select(handle => handle.ReleaseAsync(Cancellation).AsTask()));
        }

        (await _database.AdminAsync(kind.Deadlocks(_database.Name))).Single().ShouldBe(0);
    }

    [Fact]
    public async Task Permits_are_limited_and_their_waiters_served()
    {
        const int Limit = 2;
        const int Turns = 8;
        var (holders, most) = (0, 0);
        var gate = new object();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => TakeTurnsAsync(_database.NewLock(SqlLockMode.RowLock)))).WaitAsync(Eventually.Bound, TimeProvider.System, Cancellation);

        most.ShouldBeInRange(1, Limit);

        async Task TakeTurnsAsync(IDistributedSemaphore locks)
        {
            for (var i = 0; i < Turns; i++)
            {
                await using var permit = await locks.AcquireAsync("key", Limit, LongWait, Cancellation);
                lock (gate)
                {
                    most = Math.Max(most, ++holders);
                }

                await Task.Yield();
                lock (gate)
                {
                    holders--;
                }
            }
        }
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task One_key_goes_from_hand_to_hand(SqlLockMode mode)
    {
        const int Turns = 15;
        var tokens = new List<long>();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => TakeTurnsAsync(_database.NewLock(mode)))).WaitAsync(Eventually.Bound, TimeProvider.System, Cancellation);

        tokens.Count.ShouldBe(6 * Turns);
        tokens.ShouldBe(tokens.Distinct().Order());

        async Task TakeTurnsAsync(DistributedLock locks)
        {
            for (var i = 0; i < Turns; i++)
            {
                var handle = await locks.AcquireAsync("key", LongWait, Cancellation);
                tokens.Add(handle.FencingToken);
                await handle.ExtendAsync(cancellationToken: Cancellation);
                (await handle.ReleaseAsync(Cancellation)).ShouldBeTrue();
            }
        }
    }

    /// <summary>
    /// Who tries once is told that somebody holds the key, whatever else happens to the row at that moment.
    /// </summary>
    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task Contention_never_looks_like_a_failure(SqlLockMode mode)
    {
        var granted = 0;

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => TryAsync(_database.NewLock(mode)))).WaitAsync(Eventually.Bound, TimeProvider.System, Cancellation);

        granted.ShouldBeGreaterThan(0);

        async Task TryAsync(DistributedLock locks)
        {
            for (var i = 0; i < 50; i++)
            {
                if (await locks.TryAcquireAsync("key", cancellationToken: Cancellation) is { } handle)
                {
                    Interlocked.Increment(ref granted);
                    (await handle.ReleaseAsync(Cancellation)).ShouldBeTrue();
                }
            }
        }
    }

    private static async Task<List<IDistributedLockHandle>> HoldAllAsync(DistributedLock locks, IEnumerable<int> numbers)
    {
        var held = new List<IDistributedLockHandle>();
        foreach (var number in numbers)
        {
            var handle = await locks.TryAcquireAsync($"key {number:d4}", cancellationToken: Cancellation);
            held.Add(handle.ShouldNotBeNull());
        }

        return held;
    }
}
