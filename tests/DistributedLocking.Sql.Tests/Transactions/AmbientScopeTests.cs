using System.Transactions;
using DistributedLocking.Sql.Tests.Doubles;

namespace DistributedLocking.Sql.Tests.Transactions;

public sealed class PostgreSqlAmbientScopeTests(PostgreSqlTestDatabase database) : AmbientScopeTests(database);

public sealed class MySqlAmbientScopeTests(MySqlTestDatabase database) : AmbientScopeTests(database);

/// <summary>A transaction that was begun before an ambient one, and is used inside of that.</summary>
public abstract class AmbientScopeTests(TestDatabase database)
{
    [Fact]
    public async Task Missing_tables_are_created_outside_of_the_scope()
    {
        var locks = new SqlTransactionLockOptions { Table = TestDatabase.NewName("locks") };
        var fences = new SqlFencingOptions { Table = TestDatabase.NewName("fences") };
        await using (var transaction = await database.BeginAsync())
        {
            using var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled);
            var token = await transaction.AcquireAsync("key", locks);
            await transaction.EnsureCurrentAsync("resource", token, fences);
            await transaction.CommitAsync();

            // Not completed: what was enlisted would be rolled back.
        }

        foreach (var table in (string[])[locks.Table, fences.Table])
        {
            Convert.ToInt64(await database.ReadAsync($"SELECT COUNT(*) FROM {table}"), null).ShouldBe(1);
        }
    }

    [Theory]
    [InlineData(true, "lock table")]
    [InlineData(false, "fencing guard's table")]
    public async Task A_missing_table_is_named_for_what_it_is(bool isLock, string name)
    {
        await using var transaction = await database.BeginAsync();
        var table = TestDatabase.NewName("missing");

        var failure = await Should.ThrowAsync<DistributedLockUnavailableException>(isLock
            ? transaction.AcquireAsync("key", new SqlTransactionLockOptions { Table = table, CreateTable = false })
            : transaction.EnsureCurrentAsync("resource", 1, new SqlFencingOptions { Table = table, CreateTable = false }));

        failure.IsTransient.ShouldBeFalse();
        failure.Message.ShouldContain($"The {name} does not exist");
    }
}
