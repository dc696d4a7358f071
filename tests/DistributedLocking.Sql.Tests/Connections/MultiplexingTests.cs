using System.Data.Common;
using DistributedLocking.PostgreSql.Dialect;
using DistributedLocking.Sql.Tables;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;
using Npgsql;

namespace DistributedLocking.Sql.Tests.Connections;

/// <summary>Npgsql's mode in which callers share sessions.</summary>
public sealed class MultiplexingTests(PostgreSqlFixture fixture) : DatabaseTests(fixture)
{
    private DbDataSource _pool = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _pool = Database.NewSource("Multiplexing=true");
    }

    [Fact]
    public async Task Row_locks_are_refused_and_the_refusal_advises_leases()
    {
        var failure = await Should.ThrowAsync<DistributedLockUnavailableException>(
            () => Database.NewLock(SqlLockMode.RowLock, source: _pool).AcquireAsync("key", cancellationToken: Cancellation).AsTask());

        failure.IsTransient.ShouldBeFalse();
        failure.Message.ShouldContain(nameof(SqlLockMode.Lease));
    }

    [Fact]
    public async Task Leases_work()
    {
        var locks = Database.NewLock(SqlLockMode.Lease, source: _pool);
        var others = Database.NewLock(SqlLockMode.Lease, source: _pool);
        var held = await locks.AcquireAsync("key", cancellationToken: Cancellation);
        (await others.TryAcquireAsync("key", cancellationToken: Cancellation)).ShouldBeNull();
        await held.ExtendAsync(cancellationToken: Cancellation);
        var waiting = others.AcquireAsync("key", LongWait with { Retry = RetryPolicy.Forever(TimeSpan.FromMilliseconds(20)) }, Cancellation);

        (await held.ReleaseAsync(Cancellation)).ShouldBeTrue();

        await using var next = await waiting.Within();
        next.FencingToken.ShouldBeGreaterThan(held.FencingToken);
    }

    [Fact]
    public async Task Permits_and_readers_work_and_exclude_writers()
    {
        var locks = Database.NewLock(SqlLockMode.Lease, source: _pool);
        var others = Database.NewLock(SqlLockMode.Lease, source: _pool);
        var reader = await locks.AcquireReadLockAsync("key", cancellationToken: Cancellation);
        (await others.TryAcquireWriteLockAsync("key", cancellationToken: Cancellation)).ShouldBeNull();
        var writing = others.AcquireWriteLockAsync("key", LongWait with { Retry = RetryPolicy.Forever(TimeSpan.FromMilliseconds(20)) }, Cancellation);
        var permits = await Task.WhenAll(Enumerable.Range(0, 10).Select(
            i => ((IDistributedSemaphore)(i % 2 == 0 ? locks : others)).TryAcquireAsync("key", 3, cancellationToken: Cancellation).AsTask()));

        permits.Count(permit => permit is not null).ShouldBeInRange(1, 3);
        (await reader.ReleaseAsync(Cancellation)).ShouldBeTrue();
        (await writing.Within()).FencingToken.ShouldBeGreaterThan(reader.FencingToken);
    }

    [Fact]
    public async Task Leases_exclude_among_many_callers()
    {
        var locks = Enumerable.Range(0, 4).Select(_ => Database.NewLock(SqlLockMode.Lease, source: _pool)).ToArray();
        var holders = 0;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 60),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation },
            async (i, token) =>
            {
                await using var held = await locks[i % 4].AcquireAsync("key", LongWait with { Retry = RetryPolicy.Forever(TimeSpan.FromMilliseconds(5)) }, token);
                Interlocked.Increment(ref holders).ShouldBe(1);
                Interlocked.Decrement(ref holders);
            });
    }

    [Fact]
    public async Task Unused_rows_go()
    {
        await using (await Database.NewLock(SqlLockMode.Lease, source: _pool).AcquireAsync("key", cancellationToken: Cancellation))
        {
        }

        await Database.SqlAsync($"UPDATE {Database.Table} SET used_at = used_at - 36000000000");
        var logs = new RecordingLogger();
        await using var rows = new UnusedRows(Database.NewSqlDatabase(SqlLockMode.Lease, logs, _pool), TimeSpan.FromHours(2));

        await rows.DeleteAsync();

        (await Database.NumberAsync($"SELECT count(*) FROM {Database.Table} WHERE lock_key LIKE '5:%'")).ShouldBe(0);
        logs.CountOf(3002).ShouldBe(0);
    }

    [Theory]
    [InlineData("Host=db", false)]
    [InlineData("Host=db;Multiplexing=false", false)]
    [InlineData("Host=db;Multiplexing=true", true)]
    [InlineData("Host=db;multiplexing=True", true)]
    public void The_keyword_is_read_as_text(string connectionString, bool isOn)
    {
        using var connection = new NpgsqlConnection(connectionString);

        Multiplexing.IsOn(connection).ShouldBe(isOn);
    }
}
