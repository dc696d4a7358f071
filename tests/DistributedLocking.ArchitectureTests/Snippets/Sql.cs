#region usings of SQL
using System.Data;                               // IsolationLevel
using DistributedLocking;                        // AcquireLockAsync, EnsureCurrentAsync, ReadFencedAsync and IDistributedLock
using DistributedLocking.Sql;                    // SqlLockMode, SqlTransactionLockOptions
using DistributedLocking.Sql.Dialects;           // SqlDialect
using Microsoft.Extensions.DependencyInjection;  // AddPostgreSqlLock, AddMySqlLock
#endregion
using System.Data.Common;

namespace Snippets;

internal static class Sql
{
    internal static void ChooseMode(IServiceCollection services)
    {
        #region sql lease mode
        services.AddPostgreSqlLock(options => options.Mode = SqlLockMode.Lease);
        #endregion
    }

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

    internal static async Task NameTheDialectAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        #region sql dialect by name
        var options = new SqlTransactionLockOptions { Dialect = SqlDialect.PostgreSql };
        await transaction.AcquireLockAsync("orders:42", options, cancellationToken);
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

    internal static async Task ReadFencedAsync(IDistributedLockHandle handle, DbTransaction transaction, CancellationToken cancellationToken)
    {
        #region sql fenced read
        var count = await transaction.ReadFencedAsync(
            "stock:42", handle.FencingToken, read => CountAsync(transaction, read), cancellationToken: cancellationToken);
        await StoreAsync(transaction, count + 1, cancellationToken);
        #endregion
    }

    private static Task<int> CountAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        Task.FromResult(cancellationToken.CanBeCanceled ? (int)transaction.IsolationLevel : 0);

    private static Task StoreAsync(DbTransaction transaction, int count, CancellationToken cancellationToken) =>
        Task.FromException(new InvalidOperationException($"{transaction.IsolationLevel} {count} {cancellationToken.CanBeCanceled}"));

    private static Task PayAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        Task.FromException(new InvalidOperationException($"{transaction.IsolationLevel} {cancellationToken.CanBeCanceled}"));
}
