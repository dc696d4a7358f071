using System.Data.Common;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Clusters;

/// <summary>Both nodes of a cluster take writes.</summary>
public sealed class GaleraTests(GaleraFixture fixture) : IClassFixture<GaleraFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private DatabaseUnderTest _database = null!;
    private DbDataSource _second = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await fixture.CreateDatabaseAsync();
        _second = _database.Own(_database.Kind.CreateSource(fixture.SecondNode(_database)));
    }

    public ValueTask DisposeAsync() => _database?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Leases_exclude_between_nodes()
    {
        DbDataSource[] sources = [_database.Source, _second, _database.Source, _second, _database.Source, _second];
        var referee = new Referee();
        var pace = new AcquireOptions { WaitTimeout = TimeSpan.FromSeconds(60), Retry = RetryPolicy.Forever(TimeSpan.FromMilliseconds(2)) };
        await UseAsync(_database.NewLock(SqlLockMode.Lease), pace, referee, turns: 2);

        await Task.WhenAll(sources.Select(source => Task.Run(() => UseAsync(_database.NewLock(SqlLockMode.Lease, source: source), pace, referee, turns: 60), Cancellation)));

        referee.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task Permits_and_writers_exclude_between_nodes()
    {
        DbDataSource[] sources = [_database.Source, _second, _database.Source, _second];
        var (permits, writers) = (new Referee(), new Referee());
        var pace = new AcquireOptions { WaitTimeout = TimeSpan.FromSeconds(60), Retry = RetryPolicy.Forever(TimeSpan.FromMilliseconds(2)) };
        await using (await ((IDistributedSemaphore)_database.NewLock(SqlLockMode.Lease)).AcquireAsync("other", 1, pace, Cancellation))
        {
            // The tables are there.
        }

        await Task.WhenAll(sources.Select(source => Task.Run(() => TakeTurnsAsync(_database.NewLock(SqlLockMode.Lease, source: source)), Cancellation)));

        permits.Violations.ShouldBeEmpty();
        writers.Violations.ShouldBeEmpty();

        async Task TakeTurnsAsync(DistributedLock locks)
        {
            for (var turn = 0; turn < 20; turn++)
            {
                await using (var permit = await ((IDistributedSemaphore)locks).AcquireAsync("key", 1, pace, Cancellation))
                {
                    permits.Enter("key", permit.FencingToken);
                    await Task.Yield();
                    permits.Leave("key");
                }

                await using var writer = await locks.AcquireWriteLockAsync("key", pace, Cancellation);
                writers.Enter("key", writer.FencingToken);
                await Task.Yield();
                writers.Leave("key");
            }
        }
    }

    [Fact]
    public async Task Row_locks_exclude_on_one_node_while_the_other_is_written_to()
    {
        var referee = new Referee();
        var pace = new AcquireOptions { WaitTimeout = TimeSpan.FromSeconds(60) };
        await UseAsync(_database.NewLock(SqlLockMode.RowLock), pace, referee, turns: 2);

        await Task.WhenAll(
            Task.Run(() => UseAsync(_database.NewLock(SqlLockMode.RowLock), pace, referee, turns: 40), Cancellation),
            Task.Run(() => UseAsync(_database.NewLock(SqlLockMode.RowLock), pace, referee, turns: 40), Cancellation),
            Task.Run(() => UseAsync(_database.NewLock(SqlLockMode.Lease, source: _second), pace, new Referee(), turns: 40, prefix: "other"), Cancellation));

        referee.Violations.ShouldBeEmpty();
    }

    /// <summary>
    /// There the statements that come together share their time of day, which is that of before the wait.
    /// </summary>
    [Fact]
    public async Task A_row_lock_that_was_waited_for_has_a_token_of_after_the_wait()
    {
        var holders = _database.NewLock(SqlLockMode.RowLock);
        await (await holders.AcquireAsync("key", cancellationToken: Cancellation)).DisposeAsync();
        var held = await holders.AcquireAsync("key", cancellationToken: Cancellation);
        var waiting = _database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", new AcquireOptions { WaitTimeout = TimeSpan.FromSeconds(60) }, Cancellation).AsTask();
        await _database.WaitingAsync(1);
        var released = await _database.NumberAsync($"SELECT {_database.Kind.Now}");
        await held.ReleaseAsync(Cancellation);

        (await waiting).FencingToken.ShouldBeGreaterThan(released);
    }

    [Fact]
    public async Task A_row_lock_that_another_nodes_write_ended_is_lost_and_its_release_says_so()
    {
        var provider = _database.NewProvider(SqlLockMode.RowLock);
        var held = new LeaseReference("key", "a");
        (await provider.TryAcquireAsync(Request(held), Cancellation)).IsGranted.ShouldBeTrue();

        await WriteOnSecondNodeAsync();

        (await provider.RenewAsync([new(held, Lease)], Cancellation))[0].Outcome.ShouldBe(RenewalOutcome.Lost);
        (await provider.RenewAsync([new(held, Lease)], Cancellation))[0].Outcome.ShouldBe(RenewalOutcome.Lost);
        (await provider.ReleaseAsync(held, Cancellation)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_release_of_a_row_lock_that_another_nodes_write_ended_says_so()
    {
        var provider = _database.NewProvider(SqlLockMode.RowLock);
        var held = new LeaseReference("key", "a");
        (await provider.TryAcquireAsync(Request(held), Cancellation)).IsGranted.ShouldBeTrue();

        await WriteOnSecondNodeAsync();

        (await provider.ReleaseAsync(held, Cancellation)).ShouldBeFalse();
        (await provider.TryAcquireAsync(Request(new("key", "b")), Cancellation)).IsGranted.ShouldBeTrue();
    }

    private static AcquireRequest Request(LeaseReference owner) => new() { Key = owner.Key, OwnerId = owner.OwnerId, TimeToLive = Lease };

    /// <summary>Takes turns on a few keys.</summary>
    private static async Task UseAsync(DistributedLock locks, AcquireOptions pace, Referee referee, int turns, string prefix = "key")
    {
        for (var turn = 0; turn < turns; turn++)
        {
            var key = prefix + (turn % 2);
            await using var handle = await locks.AcquireAsync(key, pace, Cancellation);
            referee.Enter(key, handle.FencingToken);
            await Task.Yield();
            referee.Leave(key);
        }
    }

    /// <summary>Writes the key's row on the second node, and waits until the first has it.</summary>
    private async Task WriteOnSecondNodeAsync()
    {
        await using var connection = await _second.OpenConnectionAsync(Cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = $"UPDATE {_database.Table} SET used_at = 4711";
        await Eventually.BecomesTrueAsync(async () => await command.ExecuteNonQueryAsync(Cancellation) == 1, "the second node has the row");
        await Eventually.BecomesTrueAsync(
            async () => await _database.NumberAsync($"SELECT used_at FROM {_database.Table}") == 4711, "the first node has what the second wrote");
    }

    /// <summary>Sees whether a key has two holders, or a token that is not larger than the one before.</summary>
    private sealed class Referee
    {
        private readonly object _lock = new();
        private readonly Dictionary<string, (int Holders, long Token)> _keys = new(StringComparer.Ordinal);

        internal List<string> Violations { get; } = [];

        internal void Enter(string key, long token)
        {
            lock (_lock)
            {
                var last = _keys.GetValueOrDefault(key);
                if (last.Holders != 0 || last.Token >= token)
                {
                    Violations.Add($"{key}: {last.Holders} holders, token {token} after {last.Token}");
                }

                _keys[key] = (last.Holders + 1, Math.Max(last.Token, token));
            }
        }

        internal void Leave(string key)
        {
            lock (_lock)
            {
                _keys[key] = (_keys[key].Holders - 1, _keys[key].Token);
            }
        }
    }
}
