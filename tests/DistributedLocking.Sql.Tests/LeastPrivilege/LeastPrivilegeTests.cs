using System.Data.Common;
using System.Security.Cryptography;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.LeastPrivilege;

/// <summary>
/// Each operation works for a user with exactly the rights that the documents name, and what that user must not do is
/// refused.
/// </summary>
public abstract class LeastPrivilegeTests(TestDatabase database) : IAsyncLifetime
{
    private readonly string _data = TestDatabase.NewName("data");
    private DbDataSource? _source;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected string User { get; } = TestDatabase.NewName("app");

    private protected string Password { get; } = RandomNumberGenerator.GetHexString(24);

    private protected string Table { get; } = TestDatabase.NewName("locks");

    private protected string Holders => Table + "_holder";

    private protected string Fence => Table + "_fence";

    private DbDataSource Source => _source ?? throw new InvalidOperationException("The test has not been initialized.");

    public async ValueTask InitializeAsync()
    {
        var script = database.CreateScript(options => options.Table = Table, new SqlFencingOptions { Table = Fence });
        foreach (var statement in (string[])[.. script.Split("\n\n"), $"CREATE TABLE {_data} (value bigint)", .. Grants])
        {
            await database.ReadAsync(statement);
        }

        var parts = new DbConnectionStringBuilder { ConnectionString = database.ConnectionString };
        parts[UserKeyword] = User;
        parts["Password"] = Password;
        _source = database.CreateSource(parts.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_source is not null)
        {
            await _source.DisposeAsync();
        }

        foreach (var table in (string[])[Table, Holders, Fence, _data])
        {
            await database.ReadAsync($"DROP TABLE {table}");
        }

        await database.ReadAsync(DropUser);
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task Locks_are_acquired_waited_for_renewed_and_released(SqlLockMode mode)
    {
        await using var locks = NewLock(mode);
        await using var others = NewLock(mode);
        var first = await locks.AcquireAsync("orders", cancellationToken: Cancellation);
        (await others.TryAcquireAsync("orders", cancellationToken: Cancellation)).ShouldBeNull();
        var waiting = others.AcquireAsync("orders", TimeSpan.FromSeconds(60), Cancellation).AsTask();

        await first.ExtendAsync(cancellationToken: Cancellation);
        (await first.ReleaseAsync(Cancellation)).ShouldBeTrue();

        var second = await waiting.WaitAsync(Eventually.Bound, TimeProvider.System, Cancellation);
        second.FencingToken.ShouldBeGreaterThan(first.FencingToken);
        (await second.ReleaseAsync(Cancellation)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task Readers_writers_and_permits_are_acquired_waited_for_renewed_and_released(SqlLockMode mode)
    {
        await using var locks = NewLock(mode);
        await using var others = NewLock(mode);
        var reader = await locks.AcquireReadLockAsync("orders", cancellationToken: Cancellation);
        var permit = await ((IDistributedSemaphore)locks).AcquireAsync("orders", 1, cancellationToken: Cancellation);
        (await others.TryAcquireWriteLockAsync("orders", cancellationToken: Cancellation)).ShouldBeNull();
        var writing = others.AcquireWriteLockAsync("orders", TimeSpan.FromSeconds(60), Cancellation).AsTask();
        var permitted = ((IDistributedSemaphore)others).AcquireAsync("orders", 1, TimeSpan.FromSeconds(60), Cancellation).AsTask();
        foreach (var handle in (IDistributedLockHandle[])[reader, permit])
        {
            await handle.ExtendAsync(cancellationToken: Cancellation);
            (await handle.ReleaseAsync(Cancellation)).ShouldBeTrue();
        }

        foreach (var next in (Task<IDistributedLockHandle>[])[writing, permitted])
        {
            (await (await next.WaitAsync(Eventually.Bound, TimeProvider.System, Cancellation)).ReleaseAsync(Cancellation)).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task Who_holds_what_is_told_where_it_can_be_and_taken_away(SqlLockMode mode)
    {
        await using var locks = NewLock(mode);
        await using var others = NewLock(mode);
        IDistributedLockInspector inspector = others;
        await using var held = await locks.AcquireAsync("orders", cancellationToken: Cancellation);
        if (!CanInspect(mode))
        {
            var refusal = await Should.ThrowAsync<NotSupportedException>(async () => await inspector.FindAsync("orders", Cancellation));
            refusal.Message.ShouldContain("MySQL and MariaDB do not tell which rows a transaction has locked");
            return;
        }

        var holder = (await inspector.FindAsync("orders", Cancellation)).ShouldHaveSingleItem();
        (holder.Session ?? holder.ProcessId).ShouldNotBeNull();
        holder.Since.ShouldNotBeNull();
        (await inspector.ForceReleaseAsync("orders", Cancellation)).ShouldBe(1);
        await Should.ThrowAsync<DistributedLockLostException>(async () => await held.ExtendAsync(cancellationToken: Cancellation));
    }

    [Fact]
    public async Task A_lock_in_the_users_own_transaction_and_the_fencing_guard_work()
    {
        await using var connection = await Source.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, Cancellation);
        var fencing = new SqlFencingOptions { Table = Fence, CreateTable = false };

        var token = await transaction.AcquireLockAsync("orders", new SqlTransactionLockOptions { Table = Table, CreateTable = false }, Cancellation);
        await transaction.EnsureCurrentAsync("orders", token, fencing, Cancellation);

        await Should.ThrowAsync<StaleFencingTokenException>(transaction.EnsureCurrentAsync("orders", token - 1, fencing, Cancellation));
        await transaction.CommitAsync(Cancellation);
    }

    [Fact]
    public async Task Unused_rows_can_be_deleted()
    {
        await using var locks = NewLock(SqlLockMode.Lease);
        await (await locks.AcquireAsync("orders", cancellationToken: Cancellation)).ReleaseAsync(Cancellation);

        await RunAsync($"DELETE FROM {Table}");
        await RunAsync($"DELETE FROM {Holders}");

        Convert.ToInt64(await database.ReadAsync($"SELECT COUNT(*) FROM {Table}"), null).ShouldBe(0);
    }

    [Fact]
    public async Task What_must_be_refused_is_refused()
    {
        string[] forbidden =
        [
            $"SELECT * FROM {_data}", $"INSERT INTO {_data} VALUES (1)", $"DELETE FROM {Fence}", $"DROP TABLE {Table}", $"DROP TABLE {_data}",
            $"TRUNCATE TABLE {Table}", $"TRUNCATE TABLE {Holders}", $"DROP TABLE {Holders}", $"ALTER TABLE {Table} ADD COLUMN more bigint", $"CREATE INDEX more ON {Table} (used_at)", $"CREATE SCHEMA {User}",
            .. Forbidden,
        ];
        foreach (var statement in forbidden)
        {
            var error = await Should.ThrowAsync<DbException>(() => RunAsync(statement), statement);
            IsRefusal(error).ShouldBeTrue($"{statement}: {error.Message}");
        }
    }

    [Fact]
    public async Task A_missing_right_is_a_lasting_fault_and_the_password_is_not_quoted()
    {
        await database.ReadAsync(RevokeUpdate);
        await using var locks = NewLock(SqlLockMode.Lease);

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.TryAcquireAsync("orders", cancellationToken: Cancellation));

        error.IsTransient.ShouldBeFalse();
        error.ToString().ShouldNotContain(Password);
    }

    /// <summary>The user, and the rights of docs/providers.</summary>
    private protected abstract IEnumerable<string> Grants { get; }

    private protected abstract bool CanInspect(SqlLockMode mode);

    private protected abstract string RevokeUpdate { get; }

    private protected abstract string DropUser { get; }

    private protected abstract string UserKeyword { get; }

    /// <summary>More that is this database's own.</summary>
    private protected abstract IEnumerable<string> Forbidden { get; }

    private protected abstract bool IsRefusal(DbException error);

    private protected string Database => (string)new DbConnectionStringBuilder { ConnectionString = database.ConnectionString }["Database"];

    private DistributedLock NewLock(SqlLockMode mode)
    {
        SqlLockOptions? options = null;
        var provider = database.CreateProvider(
            values =>
            {
                options = values;
                values.Mode = mode;
                values.Table = Table;
                values.CreateTable = false;
            },
            Source);
        return new DistributedLock(provider, options!);
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = await Source.OpenConnectionAsync(Cancellation);
        await connection.ReadAsync(sql);
    }
}

public sealed class PostgreSqlLeastPrivilegeTests(PostgreSqlTestDatabase database) : LeastPrivilegeTests(database)
{
    private protected override IEnumerable<string> Grants =>
    [
        $"CREATE ROLE {User} LOGIN PASSWORD '{Password}'",
        $"GRANT SELECT, INSERT, UPDATE, DELETE ON {Table}, {Holders} TO {User}",
        $"GRANT SELECT, INSERT, UPDATE ON {Fence} TO {User}",
    ];

    private protected override bool CanInspect(SqlLockMode mode) => true;

    private protected override string RevokeUpdate => $"REVOKE UPDATE ON {Table} FROM {User}";

    private protected override string DropUser => $"DROP ROLE {User}";

    private protected override string UserKeyword => "Username";

    private protected override IEnumerable<string> Forbidden =>
        [$"CREATE ROLE {User}_2", "ALTER SYSTEM SET work_mem = '1MB'", "SELECT pg_read_file('postgresql.conf')", "SELECT * FROM pg_authid"];

    // Insufficient privilege, which "must be owner" is too.
    private protected override bool IsRefusal(DbException error) => error.SqlState == "42501";
}

public sealed class MySqlLeastPrivilegeTests(MySqlTestDatabase database) : LeastPrivilegeTests(database)
{
    private protected override IEnumerable<string> Grants =>
    [
        $"CREATE USER '{User}'@'%' IDENTIFIED BY '{Password}'",
        $"GRANT SELECT, INSERT, UPDATE, DELETE ON `{Database}`.{Table} TO '{User}'@'%'",
        $"GRANT SELECT, INSERT, UPDATE, DELETE ON `{Database}`.{Holders} TO '{User}'@'%'",
        $"GRANT SELECT, INSERT, UPDATE ON `{Database}`.{Fence} TO '{User}'@'%'",
    ];

    private protected override bool CanInspect(SqlLockMode mode) => mode == SqlLockMode.Lease;

    private protected override string RevokeUpdate => $"REVOKE UPDATE ON `{Database}`.{Table} FROM '{User}'@'%'";

    private protected override string DropUser => $"DROP USER '{User}'@'%'";

    private protected override string UserKeyword => "User ID";

    private protected override IEnumerable<string> Forbidden =>
        [$"CREATE TABLE {User} (value bigint)", $"CREATE USER '{User}_2'@'%'", "SET GLOBAL wait_timeout = 1", "SELECT * FROM mysql.global_priv", "FLUSH TABLES", "SHUTDOWN"];

    private protected override bool IsRefusal(DbException error) => error.Message.Contains("denied", StringComparison.OrdinalIgnoreCase);
}
