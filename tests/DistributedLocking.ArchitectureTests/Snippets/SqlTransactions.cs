using System.Data;
using System.Data.Common;
using DistributedLocking.PostgreSql;

namespace DistributedLocking.ArchitectureTests.Snippets;

internal static class SqlTransactions
{
    internal static async Task LockAsync(DbDataSource dataSource, CancellationToken cancellationToken)
    {
        #region lock in a transaction
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        await transaction.AcquireLockAsync("orders:42", cancellationToken: cancellationToken);
        await PayAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken); // frees the key, as a rollback does
        #endregion
    }

    internal static async Task GuardAsync(IDistributedLock locks, DbDataSource dataSource, CancellationToken cancellationToken)
    {
        #region sql fencing guard
        await using var handle = await locks.AcquireAsync("orders:42", cancellationToken);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        await transaction.EnsureCurrentAsync("orders:42", handle.FencingToken, cancellationToken: cancellationToken);
        await PayAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken); // what was paid, and the token
        #endregion
    }

    private static Task PayAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        Task.FromException(new InvalidOperationException($"{transaction.IsolationLevel} {cancellationToken.CanBeCanceled}"));
}
