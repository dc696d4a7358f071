using System.Data.Common;
using System.Net.Sockets;
using DistributedLocking.Sql.Tests.Doubles;

namespace DistributedLocking.Sql.Tests.Fencing;

public sealed class PostgreSqlFencingTests(PostgreSqlTestDatabase database) : FencingTests(database);

public sealed class MySqlFencingTests(MySqlTestDatabase database) : FencingTests(database);

public abstract class FencingTests(TestDatabase database)
{
    private readonly string _resource = TestDatabase.NewName("resource");
    private readonly string _table = TestDatabase.NewName("data");

    [Fact]
    public async Task An_older_token_is_refused_and_the_transaction_can_go_on()
    {
        await EnsureAsync(20);
        await using var transaction = await database.BeginAsync();

        var error = await Should.ThrowAsync<StaleFencingTokenException>(transaction.EnsureCurrentAsync(_resource, 19));

        error.FencingToken.ShouldBe(19);
        error.NewestToken.ShouldBe(20);
        Convert.ToInt64(await transaction.ReadAsync("SELECT 1"), null).ShouldBe(1);
        await transaction.CommitAsync();
        await EnsureAsync(20);
    }

    [Fact]
    public async Task An_equal_or_newer_token_passes()
    {
        await EnsureAsync(20);
        await EnsureAsync(20);
        await EnsureAsync(21);

        await Should.ThrowAsync<StaleFencingTokenException>(EnsureAsync(20));
    }

    [Fact]
    public async Task A_token_is_remembered_with_what_the_transaction_wrote_or_not_at_all()
    {
        await database.ReadAsync($"CREATE TABLE {_table} (value bigint)");
        await using (var transaction = await database.BeginAsync())
        {
            await transaction.EnsureCurrentAsync(_resource, 30);
            await transaction.ReadAsync($"INSERT INTO {_table} VALUES (30)");
        }

        await using (var transaction = await database.BeginAsync())
        {
            await transaction.EnsureCurrentAsync(_resource, 20);
            await transaction.ReadAsync($"INSERT INTO {_table} VALUES (20)");
            await transaction.CommitAsync();
        }

        Convert.ToInt64(await database.ReadAsync($"SELECT SUM(value) FROM {_table}"), null).ShouldBe(20);
        await Should.ThrowAsync<StaleFencingTokenException>(EnsureAsync(19));
    }

    [Fact]
    public async Task A_stale_writer_waits_for_the_guarded_transaction_and_is_refused_then()
    {
        await using var current = await database.BeginAsync();
        await using var stale = await database.BeginAsync();
        await current.EnsureCurrentAsync(_resource, 30);

        var waiting = stale.EnsureCurrentAsync(_resource, 20);
        await stale.IsWaitingAsync();
        waiting.IsCompleted.ShouldBeFalse();
        await current.CommitAsync();

        await Should.ThrowAsync<StaleFencingTokenException>(waiting);
    }

    [Fact]
    public async Task A_wait_that_is_too_long_is_a_failure_and_no_refusal()
    {
        await using var current = await database.BeginAsync();
        await using var second = await database.BeginAsync();
        await current.EnsureCurrentAsync(_resource, 30);

        await Should.ThrowAsync<DistributedLockUnavailableException>(
            second.EnsureCurrentAsync(_resource, 40, new SqlFencingOptions { CommandTimeout = TimeSpan.FromMilliseconds(300) }));

        Convert.ToInt64(await second.ReadAsync("SELECT 1"), null).ShouldBe(1);
    }

    [Fact]
    public async Task A_holder_that_stops_in_its_guarded_transaction_blocks_the_next_until_the_database_ends_its_session()
    {
        await using var stopped = await database.BeginAsync();
        await using var next = await database.BeginAsync();
        await stopped.EnsureCurrentAsync(_resource, 30);
        await Should.ThrowAsync<DistributedLockUnavailableException>(
            next.EnsureCurrentAsync(_resource, 40, new SqlFencingOptions { CommandTimeout = TimeSpan.FromMilliseconds(300) }));

        await stopped.ReadAsync(database.EndWhenIdle);
        await next.EnsureCurrentAsync(_resource, 40, new SqlFencingOptions { CommandTimeout = TimeSpan.FromSeconds(60) });

        await next.CommitAsync();

        // MySqlConnector passes the broken connection's exception on.
        var error = await Should.ThrowAsync<Exception>(stopped.CommitAsync());
        (error is DbException or SocketException).ShouldBeTrue(error.ToString());
    }

    [Fact]
    public async Task Resources_are_compared_as_bytes()
    {
        await EnsureAsync(20);
        await using var transaction = await database.BeginAsync();

        await transaction.EnsureCurrentAsync(_resource.ToUpperInvariant(), 1);
        await transaction.EnsureCurrentAsync(_resource + " ", 1);
        await transaction.EnsureCurrentAsync(_resource + new string('x', 400), 1);
        await Should.ThrowAsync<StaleFencingTokenException>(transaction.EnsureCurrentAsync(_resource, 1));
    }

    [Fact]
    public async Task Arguments_are_checked()
    {
        await using var transaction = await database.BeginAsync();

        await Should.ThrowAsync<ArgumentOutOfRangeException>(transaction.EnsureCurrentAsync(_resource, 0));
        await Should.ThrowAsync<ArgumentException>(transaction.EnsureCurrentAsync("", 1));
        await Should.ThrowAsync<ArgumentException>(transaction.EnsureCurrentAsync(_resource, 1, new SqlFencingOptions { Table = "" }));
        await transaction.EnsureCurrentAsync(_resource, 1);
    }

    private async Task EnsureAsync(long token)
    {
        await using var transaction = await database.BeginAsync();
        await transaction.EnsureCurrentAsync(_resource, token);
        await transaction.CommitAsync();
    }
}
