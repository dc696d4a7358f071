using System.Data.Common;
using DistributedLocking.Sql;
using DistributedLocking.Sql.Fencing;
using DistributedLocking.Sql.Transactions;

namespace DistributedLocking;

/// <summary>Locks and the fencing guard inside a transaction of yours, on PostgreSQL, MySQL or MariaDB.</summary>
/// <remarks>
/// Which of them it is, the type of the transaction's connection says where that is Npgsql's or MySqlConnector's.
/// With any other, such as a profiler's wrapper, the server is asked by a statement of its own,
/// <c>SELECT version()</c>: one round trip more, which <see cref="SqlTransactionLockOptions.Dialect"/> and
/// <see cref="SqlFencingOptions.Dialect"/> save.
/// </remarks>
public static class SqlTransactionExtensions
{
    /// <summary>
    /// Locks a key until the transaction ends: what the transaction writes and the lock commit together, and a rollback
    /// frees the key. It excludes other transactions that lock the key, and the locks of the database's provider in
    /// both modes, when table and prefix are the same.
    /// </summary>
    /// <param name="transaction">The transaction. No other command may run on its connection meanwhile.</param>
    /// <param name="key">The key.</param>
    /// <param name="options">How; null for the defaults, which wait for five seconds.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The fencing token: larger than that of every earlier holder of the key. It is stored with the
    /// transaction.</returns>
    /// <remarks>
    /// <para><b>Isolation.</b> Use READ COMMITTED. Under REPEATABLE READ and SERIALIZABLE, PostgreSQL takes the
    /// transaction's snapshot at its first statement, be it this one, so before the lock is granted: where the call
    /// waited for a transaction that locked the key in this way too, the database refuses it
    /// (<see cref="SqlDeadlockException"/>); where it waited for a holder of another kind, reads may not see what that
    /// holder wrote. On MySQL and MariaDB, where REPEATABLE READ is the default, the snapshot is that of the first
    /// read: lock first, then read. (Where MariaDB's <c>innodb_snapshot_isolation</c> is on, a lock that was taken
    /// after a read may be refused with <see cref="SqlDeadlockException"/>.)</para>
    /// <para><b>The lock's end.</b> There is no lease: a holder that freezes keeps the key until the database ends its
    /// session. Rolling back to a savepoint that is older than the lock frees it on PostgreSQL, and does not on
    /// MySQL.</para>
    /// <para><b>A lease on the key</b> (<see cref="SqlLockMode.Lease"/>) is respected. On PostgreSQL it is looked for
    /// again about ten times a second. On MySQL the call does not wait for it: InnoDB can't unlock the row before your
    /// transaction ends, and until then the lease can be neither renewed nor released. So end the transaction soon, and
    /// don't use both for the same keys.</para>
    /// <para><b>Two keys</b> that transactions lock in different orders deadlock; the database ends one of them. Lock
    /// keys in one order.</para>
    /// <para>On MySQL, where a new key is locked for the first time, others that ask for it wait for your transaction
    /// in any case. The wait is bounded by the options alone: on PostgreSQL the transaction's <c>lock_timeout</c> and
    /// <c>statement_timeout</c> are set aside for it, and put back.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">The key is null, empty or ill-formed, an option is wrong, or the transaction
    /// has ended.</exception>
    /// <exception cref="NotSupportedException">
    /// The database is another, and the options name no dialect for it.
    /// </exception>
    /// <exception cref="DistributedLockTimeoutException">Somebody else had the lock for the whole wait. The transaction
    /// can go on without the lock.</exception>
    /// <exception cref="SqlDeadlockException">The database ended the transaction. Roll it back and run it
    /// again.</exception>
    /// <exception cref="DistributedLockUnavailableException">
    /// The database failed, or did not answer in time.
    /// </exception>
    /// <exception cref="OperationCanceledException">The call was cancelled; whether the key is locked is not known
    /// until the transaction ends.</exception>
    public static Task<long> AcquireLockAsync(
        this DbTransaction transaction,
        string key,
        SqlTransactionLockOptions? options = null,
        CancellationToken cancellationToken = default) =>
        SqlTransactionLock.AcquireAsync(transaction, key, options, cancellationToken);

    /// <summary>
    /// Locks a key until the transaction ends, unless somebody else has it. See <see cref="AcquireLockAsync"/> for all
    /// else.
    /// </summary>
    /// <param name="transaction">The transaction. No other command may run on its connection meanwhile.</param>
    /// <param name="key">The key.</param>
    /// <param name="options">How; null for the defaults, which make one attempt.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The fencing token, or null when somebody else had the lock for the whole wait. The transaction can then
    /// go on without the lock.</returns>
    /// <exception cref="ArgumentException">The key is null, empty or ill-formed, an option is wrong, or the transaction
    /// has ended.</exception>
    /// <exception cref="NotSupportedException">
    /// The database is another, and the options name no dialect for it.
    /// </exception>
    /// <exception cref="SqlDeadlockException">The database ended the transaction. Roll it back and run it
    /// again.</exception>
    /// <exception cref="DistributedLockUnavailableException">
    /// The database failed, or did not answer in time.
    /// </exception>
    /// <exception cref="OperationCanceledException">The call was cancelled; whether the key is locked is not known
    /// until the transaction ends.</exception>
    public static Task<long?> TryAcquireLockAsync(
        this DbTransaction transaction,
        string key,
        SqlTransactionLockOptions? options = null,
        CancellationToken cancellationToken = default) =>
        SqlTransactionLock.TryAcquireAsync(transaction, key, options, cancellationToken);

    /// <summary>
    /// Refuses a fencing token that is older than the newest one seen for the resource, and remembers it otherwise: a
    /// holder that lost its lock without noticing, say in a long pause, can't overwrite what a later holder wrote. It
    /// is one statement in one round trip.
    /// </summary>
    /// <param name="transaction">
    /// The transaction that writes the resource. Every writer must call this in its own.
    /// </param>
    /// <param name="resource">The name of what the lock protects, such as <c>orders:42</c>. Case, accents and trailing
    /// spaces count.</param>
    /// <param name="fencingToken">The token of the lock under which the transaction writes:
    /// <see cref="IDistributedLockHandle.FencingToken"/>. Positive.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task that ends when the token is current. It stays so until the transaction ends, for which others on
    /// this resource wait.</returns>
    /// <remarks>
    /// <para><b>Call it before you read</b> what the write is made of, in the same transaction: an earlier holder's
    /// guarded write may commit between a read that came first and this call, which then passes, and is overwritten.
    /// <see cref="ReadFencedAsync"/> keeps to that order. From this call to the end of the transaction others on this
    /// resource wait, so what is read in between stays true.</para>
    /// <para>The token is remembered when the transaction commits, together with what it wrote. An equal token passes.
    /// The lock may be of any provider.</para>
    /// <para>A process that stops before the transaction ends holds up the others on this resource, holders of the lock
    /// included, until it goes on or the database ends its session: bound that by
    /// <c>idle_in_transaction_session_timeout</c> (PostgreSQL), <c>idle_transaction_timeout</c> (MariaDB) or
    /// <c>wait_timeout</c> (MySQL).</para>
    /// </remarks>
    /// <exception cref="StaleFencingTokenException">A newer token has been used. The transaction is not ended by this;
    /// roll it back.</exception>
    /// <exception cref="ArgumentException">The resource is null, empty or ill-formed, the token is not positive, an
    /// option is wrong, or the transaction has ended.</exception>
    /// <exception cref="NotSupportedException">
    /// The database is another, and the options name no dialect for it.
    /// </exception>
    /// <exception cref="SqlDeadlockException">The database ended the transaction. Roll it back and run it
    /// again.</exception>
    /// <exception cref="DistributedLockUnavailableException">
    /// The database failed, or did not answer in time.
    /// </exception>
    public static Task EnsureCurrentAsync(
        this DbTransaction transaction,
        string resource,
        long fencingToken,
        SqlFencingOptions? options = null,
        CancellationToken cancellationToken = default) =>
        SqlFencing.EnsureCurrentAsync(transaction, resource, fencingToken, options, cancellationToken);

    /// <summary>
    /// Reads what a guarded write will be made of: refuses a stale fencing token as <see cref="EnsureCurrentAsync"/>
    /// does, and reads only then. No earlier holder's write can come between this read and the end of the transaction.
    /// </summary>
    /// <typeparam name="T">What is read.</typeparam>
    /// <param name="transaction">The transaction that reads and then writes the resource. Best read committed: on
    /// MySQL, under repeatable read, an earlier read of the same transaction would fix what this one sees.</param>
    /// <param name="resource">The name of what the lock protects, such as <c>orders:42</c>.</param>
    /// <param name="fencingToken">The token of the lock under which the transaction writes.</param>
    /// <param name="read">Reads in the transaction. Not called when the token is stale.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the call, and is given to the read.</param>
    /// <returns>What was read.</returns>
    /// <exception cref="StaleFencingTokenException">A newer token has been used. The transaction is not ended by this;
    /// roll it back.</exception>
    /// <exception cref="ArgumentException">As for <see cref="EnsureCurrentAsync"/>.</exception>
    /// <exception cref="NotSupportedException">
    /// The database is another, and the options name no dialect for it.
    /// </exception>
    /// <exception cref="SqlDeadlockException">The database ended the transaction. Roll it back and run it
    /// again.</exception>
    /// <exception cref="DistributedLockUnavailableException">
    /// The database failed, or did not answer in time.
    /// </exception>
    public static async Task<T> ReadFencedAsync<T>(
        this DbTransaction transaction,
        string resource,
        long fencingToken,
        Func<CancellationToken, Task<T>> read,
        SqlFencingOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(read);
        await SqlFencing.EnsureCurrentAsync(transaction, resource, fencingToken, options, cancellationToken).ConfigureAwait(false);
        return await read(cancellationToken).ConfigureAwait(false);
    }
}
