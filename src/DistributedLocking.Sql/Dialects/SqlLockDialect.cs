using System.Data;
using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Sql.Dialects;

/// <summary>
/// What differs between databases for row locks and leases. The engines for them are the same for all.
/// </summary>
/// <param name="dialect">The database's dialect.</param>
public abstract class SqlLockDialect(SqlDialect dialect)
{
    /// <summary>Names, errors and tables of the database.</summary>
    public SqlDialect Dialect { get; } = dialect;

    /// <summary>Whether any failure of a statement ends its transaction, and with it the row lock.</summary>
    public abstract bool FailureEndsTransaction { get; }

    /// <summary>Why it can't be told who holds what, as a sentence.</summary>
    /// <param name="mode">How locks are kept.</param>
    /// <returns>Null where <see cref="SqlStatements.ListHolders"/> tells it.</returns>
    public virtual string? WhyNoInspection(SqlLockMode mode) => "There are no statements for it.";

    /// <summary>
    /// Looks at the server once, and returns the statements for it. Warns of what a mode can't promise there.
    /// </summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="table">The lock table.</param>
    /// <param name="mode">How locks are to be kept.</param>
    /// <param name="logger">Where warnings go.</param>
    /// <param name="cancellationToken">Ends the exchange.</param>
    /// <returns>The statements.</returns>
    public abstract ValueTask<SqlStatements> DescribeAsync(
        DbConnection connection, SqlTable table, SqlLockMode mode, ILogger logger, CancellationToken cancellationToken);

    /// <summary>
    /// Adds the parameters of the lock's lease and wait to a command with one of the locking statements, or with
    /// <see cref="SqlStatements.Renew"/>; where the command is used again and has them, sets their values.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="timeToLive">The lease.</param>
    /// <param name="wait">How long to wait for the row.</param>
    public abstract void AddRowLockParameters(DbCommand command, TimeSpan timeToLive, TimeSpan wait);

    /// <summary>Finds a parameter of a command, or adds it.</summary>
    /// <param name="command">The command.</param>
    /// <param name="name">The parameter's name.</param>
    /// <param name="type">Its type.</param>
    /// <returns>The parameter, whose value is to be set.</returns>
    protected internal static DbParameter Parameter(DbCommand command, string name, DbType type)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (command.Parameters.Contains(name))
        {
            return command.Parameters[name];
        }

        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.DbType = type;
        command.Parameters.Add(parameter);
        return parameter;
    }

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
}
