using System.Data.Common;
using DistributedLocking.Sql.Configuration;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Sql.Dialects;

/// <summary>What differs between databases. The engines for row locks and leases are the same for all.</summary>
public abstract class SqlDialect
{
    /// <summary>A short name for logs and metrics, such as <c>postgresql</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whether any failure of a statement ends its transaction, and with it the row lock.</summary>
    public abstract bool FailureEndsTransaction { get; }

    /// <summary>Quotes an identifier, so that any text is safe.</summary>
    /// <param name="identifier">The name.</param>
    /// <returns>The quoted name.</returns>
    public abstract string Quote(string identifier);

    /// <summary>Tells why the database could not take a name, quoted or not, or would cut it.</summary>
    /// <param name="identifier">The name, which is not empty.</param>
    /// <returns>What a name must be, as in "must be at most 63 bytes long"; null for a good name.</returns>
    public abstract string? FindFault(string identifier);

    /// <summary>The quoted name of a table.</summary>
    /// <param name="table">The table.</param>
    /// <returns>The quoted name, with its schema if it has one.</returns>
    public string Quote(SqlTable table) => table.Schema is { } schema ? $"{Quote(schema)}.{Quote(table.Name)}" : Quote(table.Name);

    /// <summary>Looks at the server once, and returns the statements for it. Warns of what a mode can't promise there.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="table">The lock table.</param>
    /// <param name="mode">How locks are to be kept.</param>
    /// <param name="logger">Where warnings go.</param>
    /// <param name="cancellationToken">Ends the exchange.</param>
    /// <returns>The statements.</returns>
    public abstract ValueTask<SqlStatements> DescribeAsync(
        DbConnection connection, SqlTable table, SqlLockMode mode, ILogger logger, CancellationToken cancellationToken);

    /// <summary>The statements that lock a key inside a transaction that is not ours. It asks the server nothing.</summary>
    /// <param name="connection">The transaction's connection.</param>
    /// <param name="table">The lock table.</param>
    /// <returns>The statements.</returns>
    public abstract SqlTransactionStatements DescribeTransaction(DbConnection connection, SqlTable table);

    /// <summary>Adds the parameters of the wait to a command with <see cref="SqlTransactionStatements.Acquire"/>.</summary>
    /// <param name="command">The command.</param>
    /// <param name="wait">How long to wait for the row; positive.</param>
    public abstract void AddTransactionWait(DbCommand command, TimeSpan wait);

    /// <summary>The statements of the fencing guard.</summary>
    /// <param name="table">The table of the newest tokens.</param>
    /// <returns>The statements.</returns>
    public abstract SqlFencingStatements DescribeFencing(SqlTable table);

    /// <summary>The statement that creates the lock table.</summary>
    /// <param name="table">The lock table.</param>
    /// <returns>The statement.</returns>
    public abstract string CreateLockTable(SqlTable table);

    /// <summary>The statements that create our tables.</summary>
    /// <param name="locks">The lock table.</param>
    /// <param name="fencing">The table of the fencing guard.</param>
    /// <returns>A script.</returns>
    /// <exception cref="ArgumentException">The database does not take one of the names.</exception>
    public string CreateScript(SqlTable locks, SqlTable fencing)
    {
        Check(locks, nameof(locks));
        Check(fencing, nameof(fencing));
        return $"{CreateLockTable(locks)};\n\n{DescribeFencing(fencing).CreateTable};\n";
    }

    /// <summary>Adds the parameters of the lock's lease and wait to a command with one of the locking statements, or with <see cref="SqlStatements.Renew"/>.</summary>
    /// <param name="command">The command.</param>
    /// <param name="timeToLive">The lease.</param>
    /// <param name="wait">How long to wait for the row.</param>
    public abstract void AddRowLockParameters(DbCommand command, TimeSpan timeToLive, TimeSpan wait);

    /// <summary>Reads the answer of <see cref="SqlStatements.Lock"/> or <see cref="SqlStatements.TryLock"/>.</summary>
    /// <param name="reader">The reader, at its first result.</param>
    /// <param name="cancellationToken">Ends the exchange.</param>
    /// <returns>What the statement found.</returns>
    public abstract ValueTask<RowState> ReadRowAsync(DbDataReader reader, CancellationToken cancellationToken);

    /// <summary>Reads the answer of <see cref="SqlStatements.AcquireLease"/>.</summary>
    /// <param name="reader">The reader, at its first result.</param>
    /// <param name="cancellationToken">Ends the exchange.</param>
    /// <returns>What came of it.</returns>
    public abstract ValueTask<LeaseState> ReadLeaseAsync(DbDataReader reader, CancellationToken cancellationToken);

    /// <summary>The port that a connection string without one means; zero when it is unknown.</summary>
    public virtual int DefaultPort => 0;

    /// <summary>Says what a failure means, for a message: the driver's own text may hold what is not to be shown.</summary>
    /// <param name="exception">What the driver threw.</param>
    /// <returns>A clause such as "the database does not exist", without any name or value; null when there is nothing to say.</returns>
    public virtual string? Explain(Exception exception) => null;

    /// <summary>Tells what a failure means.</summary>
    /// <param name="exception">What the driver threw.</param>
    /// <returns>The meaning.</returns>
    public abstract SqlFault Classify(Exception exception);

    private void Check(SqlTable table, string parameterName)
    {
        if ((TableRules.CheckTable(this, nameof(table.Name), table.Name) ?? TableRules.CheckSchema(this, nameof(table.Schema), table.Schema)) is { } failure)
        {
            throw new ArgumentException(failure, parameterName);
        }
    }
}
