using DistributedLocking.Sql.Tests.Doubles;

namespace DistributedLocking.Sql.Tests.Fencing;

public sealed class PostgreSqlReadFencedTests(PostgreSqlTestDatabase database) : ReadFencedTests(database);

public sealed class MySqlReadFencedTests(MySqlTestDatabase database) : ReadFencedTests(database);

/// <summary>A number that is read, counted up and written back by holders of whom one has lost its lock.</summary>
public abstract class ReadFencedTests(TestDatabase database) : IAsyncLifetime
{
    private const long Older = 20;
    private const long Newer = 30;

    private readonly string _resource = TestDatabase.NewName("resource");
    private readonly string _table = TestDatabase.NewName("data");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await database.ReadAsync($"CREATE TABLE {_table} (value bigint)");
        await database.ReadAsync($"INSERT INTO {_table} VALUES (5)");
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_late_write_of_an_older_holder_is_counted_in_or_refused()
    {
        await using var newer = await database.BeginAsync();
        await using var older = await database.BeginAsync();

        // The older one has stopped at length, and is still the newest that the resource has seen.
        await WriteAsync(older, await ReadAsync(older, Older) + 1);
        await older.CommitAsync();
        await WriteAsync(newer, await ReadAsync(newer, Newer) + 1);
        await using var late = await database.BeginAsync();
        var waiting = ReadAsync(late, Older);
        await late.IsWaitingAsync();
        await newer.CommitAsync();

        await Should.ThrowAsync<StaleFencingTokenException>(waiting);
        Convert.ToInt64(await database.ReadAsync($"SELECT value FROM {_table}"), null).ShouldBe(7);
    }

    [Fact]
    public async Task A_stale_holder_reads_nothing()
    {
        await using (var newer = await database.BeginAsync())
        {
            await newer.EnsureCurrentAsync(_resource, Newer);
            await newer.CommitAsync();
        }

        await using var older = await database.BeginAsync();
        var reads = 0;

        await Should.ThrowAsync<StaleFencingTokenException>(older.Transaction.ReadFencedAsync(
            _resource, Older, _ => Task.FromResult(reads++), cancellationToken: Cancellation));

        reads.ShouldBe(0);
    }

    private Task<long> ReadAsync(OpenTransaction transaction, long token) => transaction.Transaction.ReadFencedAsync(
        _resource, token, async _ => Convert.ToInt64(await transaction.ReadAsync($"SELECT value FROM {_table}"), null), cancellationToken: Cancellation);

    private Task<object?> WriteAsync(OpenTransaction transaction, long value) => transaction.ReadAsync($"UPDATE {_table} SET value = {value}");
}
