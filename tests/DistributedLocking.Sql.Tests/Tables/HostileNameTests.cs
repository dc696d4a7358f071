using DistributedLocking.Sql.Tests.Servers;

namespace DistributedLocking.Sql.Tests.Tables;

public sealed class MySqlHostileNameTests(MySqlFixture fixture) : HostileNameTests(fixture);

public sealed class PostgreSqlHostileNameTests(PostgreSqlFixture fixture) : HostileNameTests(fixture);

/// <summary>Any name of a table is a name and nothing else.</summary>
public abstract class HostileNameTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    [Theory]
    [InlineData("select")]
    [InlineData("with space")]
    [InlineData("a.b")]
    [InlineData("@key")]
    [InlineData("`; DROP TABLE victim; -- `")]
    [InlineData("\"; DROP TABLE victim; -- \"")]
    [InlineData("'; DROP TABLE victim; --")]
    [InlineData("$1")]
    [InlineData("é?:x")]
    public async Task Both_modes_work_in_it(string table)
    {
        await Database.SqlAsync("CREATE TABLE victim (i int)");
        foreach (var mode in Enum.GetValues<SqlLockMode>())
        {
            var locks = Database.NewLock(mode, options => options.Table = table);
            var held = await locks.AcquireAsync("key", cancellationToken: Cancellation);
            await held.ExtendAsync(cancellationToken: Cancellation);
            (await Database.NewLock(mode, options => options.Table = table).TryAcquireAsync("key", cancellationToken: Cancellation)).ShouldBeNull();
            (await held.ReleaseAsync(Cancellation)).ShouldBeTrue();
            await using var reader = await locks.AcquireReadLockAsync("key", cancellationToken: Cancellation);
            await using var permit = await ((IDistributedSemaphore)locks).AcquireAsync("key", 1, cancellationToken: Cancellation);
            (await Database.NewLock(mode, options => options.Table = table).TryAcquireWriteLockAsync("key", cancellationToken: Cancellation)).ShouldBeNull();
        }

        (await Database.NumberAsync($"SELECT count(*) FROM {Kind.Quote(table)}")).ShouldBe(3);
        (await Database.NumberAsync($"SELECT count(*) FROM {Kind.Quote(table + "_holder")}")).ShouldBe(0);
        (await Database.NumberAsync("SELECT count(*) FROM victim")).ShouldBe(0);
    }
}
