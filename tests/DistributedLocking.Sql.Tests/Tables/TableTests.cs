using DistributedLocking.Sql.Tests.Doubles;

namespace DistributedLocking.Sql.Tests.Tables;

public sealed class PostgreSqlTableTests(PostgreSqlTestDatabase database) : TableTests(database);

public sealed class MySqlTableTests(MySqlTestDatabase database) : TableTests(database);

public abstract class TableTests(TestDatabase database)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private readonly string _table = TestDatabase.NewName("a\"b`c';DROP TABLE locks;--");

    [Fact]
    public async Task The_script_creates_all_tables_whatever_their_names()
    {
        var fencing = new SqlFencingOptions { Table = _table + "f", CreateTable = false };

        // The names hold semicolons, so the statements are told by the empty line between them.
        foreach (var statement in database.CreateScript(options => options.Table = _table, fencing).Split("\n\n"))
        {
            await database.ReadAsync(statement);
        }

        await using var transaction = await database.BeginAsync();
        await transaction.AcquireAsync("key", new SqlTransactionLockOptions { Table = _table, CreateTable = false });
        await transaction.EnsureCurrentAsync("resource", 1, fencing);
        await transaction.CommitAsync();
        var holders = database.Dialect.Quote(_table + "_holder");
        Convert.ToInt64(await database.ReadAsync($"SELECT COUNT(*) FROM {holders}"), null).ShouldBe(0);
        await database.ReadAsync("SELECT COUNT(*) FROM distributed_lock");
    }

    [Fact]
    public async Task Tables_are_created_at_first_use_without_ending_the_transaction()
    {
        var data = TestDatabase.NewName("data");
        await database.ReadAsync($"CREATE TABLE {data} (value bigint)");
        await using (var connection = await database.OpenAsync())
        await using (var transaction = await connection.BeginTransactionAsync(Cancellation))
        {
            await transaction.ReadAsync($"INSERT INTO {data} VALUES (1)");
            await transaction.AcquireLockAsync("key", new SqlTransactionLockOptions { Table = _table }, Cancellation);
            await transaction.EnsureCurrentAsync("resource", 1, new SqlFencingOptions { Table = _table + "f" }, Cancellation);
            await transaction.RollbackAsync(Cancellation);
        }

        Convert.ToInt64(await database.ReadAsync($"SELECT COUNT(*) FROM {data}"), null).ShouldBe(0);
        await using var next = await database.BeginAsync();
        (await next.TryAcquireAsync("key", new SqlTransactionLockOptions { Table = _table, CreateTable = false })).ShouldNotBeNull();
        await next.EnsureCurrentAsync("resource", 1, new SqlFencingOptions { Table = _table + "f", CreateTable = false });
    }

    [Fact]
    public async Task Without_leave_to_create_it_a_missing_table_is_an_error_that_says_so_and_leaves_the_transaction_open()
    {
        await using var transaction = await database.BeginAsync();

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(
            transaction.AcquireAsync("key", new SqlTransactionLockOptions { Table = _table, CreateTable = false }));
        await Should.ThrowAsync<DistributedLockUnavailableException>(
            transaction.EnsureCurrentAsync("resource", 1, new SqlFencingOptions { Table = _table, CreateTable = false }));

        error.IsTransient.ShouldBeFalse();
        error.Message.ShouldContain("table does not exist");
        Convert.ToInt64(await transaction.ReadAsync("SELECT 1"), null).ShouldBe(1);
    }

    [Fact]
    public void The_script_takes_no_bad_names()
    {
        Should.Throw<ArgumentException>(() => database.CreateScript(options => options.Table = new string('t', 65)));
        Should.Throw<ArgumentException>(() => database.CreateScript(options => options.Table = new string('t', 60)));
        Should.Throw<ArgumentException>(() => database.CreateScript(options => options.Schema = " "));
        Should.Throw<ArgumentException>(() => database.CreateScript(_ => { }, new SqlFencingOptions { Table = "" }));
    }
}
