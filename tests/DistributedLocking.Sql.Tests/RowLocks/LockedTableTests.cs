using System.Data.Common;
using DistributedLocking.Sql.Tests.Servers;

namespace DistributedLocking.Sql.Tests.RowLocks;

public sealed class MySqlLockedTableTests(MySqlFixture fixture) : LockedTableTests(fixture);

public sealed class PlainMySqlLockedTableTests(PlainMySqlFixture fixture) : LockedTableTests(fixture);

public sealed class PostgreSqlLockedTableTests(PostgreSqlFixture fixture) : LockedTableTests(fixture);

/// <summary>
/// An administrator has locked the whole table. Nobody holds the key, so nobody may be told that somebody does.
/// </summary>
public abstract class LockedTableTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_free_key_is_not_said_to_be_held()
    {
        var locks = Database.NewLock(SqlLockMode.RowLock, options => options.CommandTimeout = TimeSpan.FromSeconds(2));
        await using (await locks.AcquireAsync("key", LongWait, Cancellation))
        {
        }

        await using (await LockTableAsync())
        {
            await Should.ThrowAsync<DistributedLockUnavailableException>(locks.TryAcquireAsync("key", cancellationToken: Cancellation).AsTask());
            await Should.ThrowAsync<DistributedLockUnavailableException>(locks.TryAcquireAsync("key", Wait, Cancellation).AsTask());
            await Should.ThrowAsync<DistributedLockUnavailableException>(locks.AcquireAsync("key", Wait, Cancellation).AsTask());
        }

        (await locks.AcquireAsync("key", LongWait, Cancellation)).IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_free_key_is_not_said_to_be_held_in_a_transaction_of_the_callers_which_can_go_on()
    {
        await using (await Database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", LongWait, Cancellation))
        {
        }

        await using var connection = await Database.Source.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        var options = new SqlTransactionLockOptions { CommandTimeout = TimeSpan.FromSeconds(2) };
        await using (await LockTableAsync())
        {
            await Should.ThrowAsync<DistributedLockUnavailableException>(transaction.TryAcquireLockAsync("key", options, Cancellation));
            await Should.ThrowAsync<DistributedLockUnavailableException>(
                transaction.AcquireLockAsync("key", options with { WaitTimeout = Wait }, Cancellation));
        }

        (await transaction.AcquireLockAsync("key", cancellationToken: Cancellation)).ShouldBePositive();
    }

    private async Task<DbConnection> LockTableAsync()
    {
        // A pool may reset a session only when it gives it out again.
        var connection = await Database.NewSource("Pooling=false").OpenConnectionAsync(Cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = Kind.LockTable(Database.Table);
        await command.ExecuteNonQueryAsync(Cancellation);
        return connection;
    }
}
