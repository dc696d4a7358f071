using System.Data.Common;
using DistributedLocking.PostgreSql.Dialect;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Tests.Servers;

namespace DistributedLocking.Sql.Tests.Connections;

/// <summary>A pool of one connection, which remembers what was prepared on it.</summary>
public sealed class PreparedStatementTests(PostgreSqlFixture fixture) : DatabaseTests(fixture)
{
    private const string Prepared = "SELECT count(*) FROM pg_prepared_statements";

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task What_every_acquisition_needs_is_prepared_once(SqlLockMode mode)
    {
        var pool = Database.NewSource("Maximum Pool Size=1");
        var locks = Database.NewLock(mode, source: pool);
        await UseAsync(locks);

        var prepared = await Database.TextAsync(Prepared, pool);
        await UseAsync(locks);

        prepared.ShouldNotBe("0", StringComparer.Ordinal);
        (await Database.TextAsync(Prepared, pool)).ShouldBe(prepared);
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task A_connection_that_forgets_is_not_relied_on_again(SqlLockMode mode)
    {
        var pool = Database.NewSource("Maximum Pool Size=1", Kind.NoReset);
        var locks = Database.NewLock(mode, source: pool);
        await UseAsync(locks);

        await ForgetAsync(pool);
        await UseAsync(locks);

        // Without preparation from now on, so there is nothing to forget.
        await ForgetAsync(pool);
        var held = await locks.AcquireAsync("key", cancellationToken: Cancellation);
        (await held.ReleaseAsync(Cancellation)).ShouldBeTrue();
        (await Database.TextAsync(Prepared, pool)).ShouldBe("0");
    }

    [Fact]
    public async Task Where_the_connection_is_not_seen_to_be_one_session_nothing_is_prepared()
    {
        // A wrapper can't say which process serves it, as a pooler can't.
        var pool = new RecordingDataSource(Database.NewSource("Maximum Pool Size=1"));
        await UseAsync(Database.NewLock(SqlLockMode.RowLock, source: pool));

        (await Database.TextAsync(Prepared, pool)).ShouldBe("0");
    }

    [Fact]
    public async Task A_session_is_known_by_its_process()
    {
        await using var connection = await Database.Source.OpenConnectionAsync(Cancellation);

        (await PostgreSqlSession.ReadAsync(connection, Cancellation)).ShouldBe(new PostgreSqlSession(IsDirect: true, IsReadCommitted: true, LimitsTransactions: false));
    }

    private static async Task UseAsync(DistributedLock locks)
    {
        var held = await locks.AcquireAsync("key", cancellationToken: Cancellation);
        (await held.ReleaseAsync(Cancellation)).ShouldBeTrue();
    }

    private static async Task ForgetAsync(DbDataSource pool)
    {
        await using var connection = await pool.OpenConnectionAsync(Cancellation);
        await connection.ReadAsync("DEALLOCATE ALL");
    }
}
