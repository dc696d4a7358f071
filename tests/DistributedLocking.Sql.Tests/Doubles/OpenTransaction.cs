using System.Data.Common;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Doubles;

/// <summary>A transaction as a user has it, with the connection that it is on.</summary>
internal sealed class OpenTransaction(TestDatabase database, DbConnection connection, DbTransaction transaction, long session) : IAsyncDisposable
{
    internal static readonly SqlTransactionLockOptions Once = new() { WaitTimeout = TimeSpan.Zero };

    internal static readonly SqlTransactionLockOptions ForLong = new() { WaitTimeout = TimeSpan.FromSeconds(60) };

    internal DbTransaction Transaction => transaction;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal Task<long> AcquireAsync(string key, SqlTransactionLockOptions? options = null) => transaction.AcquireLockAsync(key, options ?? ForLong, Cancellation);

    internal Task<long?> TryAcquireAsync(string key, SqlTransactionLockOptions? options = null) => transaction.TryAcquireLockAsync(key, options, Cancellation);

    internal Task EnsureCurrentAsync(string resource, long token, SqlFencingOptions? options = null) =>
        transaction.EnsureCurrentAsync(resource, token, options, Cancellation);

    internal Task<object?> ReadAsync(string sql) => transaction.ReadAsync(sql);

    internal Task CommitAsync() => transaction.CommitAsync(Cancellation);

    internal Task RollbackAsync() => transaction.RollbackAsync(Cancellation);

    /// <summary>Ends when the transaction waits in the database for another.</summary>
    internal Task IsWaitingAsync() => Eventually.BecomesTrueAsync(() => database.IsWaitingAsync(session), "the transaction waited in the database");

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
