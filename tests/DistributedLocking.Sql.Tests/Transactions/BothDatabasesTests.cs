using System.Data;
using System.Data.Common;
using DistributedLocking.MySql;
using DistributedLocking.PostgreSql;
using DistributedLocking.Sql.Tests.Doubles;
using MySqlConnector;
using Npgsql;

namespace DistributedLocking.Sql.Tests.Transactions;

/// <summary>One file that uses both packages: the calls on a transaction mean the database that it is of.</summary>
public sealed class BothDatabasesTests(PostgreSqlTestDatabase postgreSql, MySqlTestDatabase mySql)
{
    private readonly string _key = TestDatabase.NewName("key");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plain_transaction_is_locked_and_guarded_on_the_database_that_it_is_of()
    {
        foreach (var database in (TestDatabase[])[postgreSql, mySql])
        {
            await using var connection = await database.OpenAsync();
            await using DbTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, Cancellation);

            var token = await transaction.AcquireLockAsync(_key, cancellationToken: Cancellation);
            (await transaction.TryAcquireLockAsync(_key, cancellationToken: Cancellation)).ShouldNotBeNull().ShouldBeGreaterThan(token);
            await transaction.EnsureCurrentAsync(_key, token, cancellationToken: Cancellation);
            await transaction.CommitAsync(Cancellation);
        }
    }

    [Fact]
    public async Task It_excludes_the_locks_of_that_databases_own_package()
    {
        var postgreSqlOptions = new PostgreSqlLockOptions();
        await using var inPostgreSql = new DistributedLock(new PostgreSqlLockProvider(postgreSqlOptions, dataSource: postgreSql.Source), postgreSqlOptions);
        var mySqlOptions = new MySqlLockOptions();
        await using var inMySql = new DistributedLock(new MySqlLockProvider(mySqlOptions, dataSource: mySql.Source), mySqlOptions);
        await using var connection = await postgreSql.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, Cancellation);

        await transaction.AcquireLockAsync(_key, cancellationToken: Cancellation);

        (await inPostgreSql.TryAcquireAsync(_key, Cancellation)).ShouldBeNull();
        await using var handle = (await inMySql.TryAcquireAsync(_key, Cancellation)).ShouldNotBeNull();
    }

    [Fact]
    public async Task The_drivers_own_types_have_the_calls_too()
    {
        await using var npgsql = (NpgsqlConnection)await postgreSql.OpenAsync();
        await using NpgsqlTransaction inPostgreSql = await npgsql.BeginTransactionAsync(IsolationLevel.ReadCommitted, Cancellation);
        await using var mySqlConnector = (MySqlConnection)await mySql.OpenAsync();
        await using MySqlTransaction inMySql = await mySqlConnector.BeginTransactionAsync(IsolationLevel.ReadCommitted, Cancellation);

        var first = await inPostgreSql.AcquireLockAsync(_key, cancellationToken: Cancellation);
        var second = await inMySql.AcquireLockAsync(_key, cancellationToken: Cancellation);

        await inPostgreSql.EnsureCurrentAsync(_key, first, cancellationToken: Cancellation);
        await inMySql.EnsureCurrentAsync(_key, second, cancellationToken: Cancellation);
    }
}
