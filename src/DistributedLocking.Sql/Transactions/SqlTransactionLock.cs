using System.Data.Common;
using System.Security.Cryptography;
using DistributedLocking.Sql.Configuration;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.Sql.Keys;

namespace DistributedLocking.Sql.Transactions;

/// <summary>Locks keys inside transactions of the caller's.</summary>
internal static class SqlTransactionLock
{
    /// <summary>
    /// The longest wait in one statement: a waiter whose server vanished without a word learns of it after this time.
    /// </summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(5);

    internal static async Task<long> AcquireAsync(
        DbTransaction transaction, string key, SqlTransactionLockOptions? options, CancellationToken cancellationToken)
    {
        var wait = options?.WaitTimeout ?? DefaultWait;
        var start = TimeProvider.System.GetTimestamp();
        return await LockAsync(transaction, key, options, wait, cancellationToken).ConfigureAwait(false)
            ?? throw new DistributedLockTimeoutException { Key = key, Waited = TimeProvider.System.GetElapsedTime(start) };
    }

    internal static Task<long?> TryAcquireAsync(
        DbTransaction transaction, string key, SqlTransactionLockOptions? options, CancellationToken cancellationToken) =>
        LockAsync(transaction, key, options, options?.WaitTimeout ?? TimeSpan.Zero, cancellationToken);

    private static async Task<long?> LockAsync(
        DbTransaction transaction, string key, SqlTransactionLockOptions? options, TimeSpan wait, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        options ??= new SqlTransactionLockOptions();
        Check(options, wait);
        var bytes = KeyBytes.OfLocks(options.KeyPrefix).EncodeChecked(key, nameof(key));
        cancellationToken.ThrowIfCancellationRequested();

        var user = await UserTransaction.OpenAsync(
            transaction, options.Dialect, options.CommandTimeout, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        TableRules.ThrowIfInvalid(user.Dialect, options.Schema, options.Table, nameof(SqlTransactionLockOptions), nameof(options));
        var table = new SqlTable(options.Schema, options.Table);
        var statements = user.Dialect.DescribeTransaction(user.Connection, table);
        var start = user.Time.GetTimestamp();
        try
        {
            var setting = statements.ReadSetting is { } read ? await user.ReadNumberAsync(read, cancellationToken).ConfigureAwait(false) : 0;
            try
            {
                return await WaitAsync(user, statements, table, options.CreateTable, bytes, wait, start, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await user.TryExecuteAsync(statements.RestoreSetting, command => command.Set("@setting", setting)).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            throw user.Translate(e, cancellationToken);
        }
    }

    private static async Task<long?> WaitAsync(
        UserTransaction user, SqlTransactionStatements statements, SqlTable table, bool mayCreate, byte[] key, TimeSpan wait, long start, CancellationToken cancellationToken)
    {
        while (true)
        {
            var left = Left();
            var slice = left < LongestWait ? left : LongestWait;
            var attempt = user.Time.GetTimestamp();
            try
            {
                // Without a token there is a lease on a row that this transaction keeps locked: its holder can't
                // release it while we wait.
                return await AttemptAsync(user, statements, key, slice, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                var fault = e is WaitEndedException ? SqlFault.LockTimeout : user.Dialect.Classify(e);
                if (fault != SqlFault.Deadlock)
                {
                    await user.TryExecuteAsync(statements.Undo, static _ => { }).ConfigureAwait(false);
                }

                if (fault == SqlFault.TableMissing && mayCreate)
                {
                    mayCreate = false;
                    await user.CreateTableAsync(user.Dialect.CreateLockTable(table), cancellationToken).ConfigureAwait(false);
                    continue;
                }

                if (fault != SqlFault.LockTimeout || cancellationToken.IsCancellationRequested)
                {
                    throw;
                }
            }

            if (Left() == TimeSpan.Zero)
            {
                await user.ThrowIfTableIsLockedAsync(table, statements.Undo, cancellationToken).ConfigureAwait(false);
                return null;
            }

            if (user.Time.GetElapsedTime(attempt) < slice)
            {
                // It is not the row's lock that is waited for, but a lease on it.
                var pause = TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(50, 150));
                await Task.Delay(pause < Left() ? pause : Left(), user.Time, cancellationToken).ConfigureAwait(false);
            }
        }

        TimeSpan Left() =>
            wait == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue
            : wait - user.Time.GetElapsedTime(start) is { Ticks: > 0 } left ? left
            : TimeSpan.Zero;
    }

    private static Task<long?> AttemptAsync(
        UserTransaction user, SqlTransactionStatements statements, byte[] key, TimeSpan wait, CancellationToken cancellationToken) =>
        user.QueryTokenAsync(
            wait > TimeSpan.Zero ? statements.Acquire : statements.TryAcquire,
            command =>
            {
                command.Set("@key", key);
                if (wait > TimeSpan.Zero)
                {
                    user.Dialect.AddTransactionWait(command, wait);
                }
            },
            wait,
            isExact: statements.ClientEndsWait && wait > TimeSpan.Zero,
            cancellationToken);

    private static void Check(SqlTransactionLockOptions options, TimeSpan wait)
    {
        if (wait < TimeSpan.Zero && wait != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), wait, $"{nameof(options.WaitTimeout)} must be zero, positive, or Timeout.InfiniteTimeSpan.");
        }

        ArgumentNullException.ThrowIfNull(options.KeyPrefix, nameof(options));
        TableRules.ThrowIfInvalid(options.CommandTimeout, nameof(SqlTransactionLockOptions), nameof(options));
    }
}
