using System.Data.Common;
using DistributedLocking.Sql.Configuration;

namespace DistributedLocking.Sql.Dialects;

/// <summary>
/// What differs between databases, whatever the driver: names, errors, the tables, and the statements that run in a
/// transaction of the caller's. What a database's own package adds for row locks and leases is its
/// <see cref="SqlLockDialect"/>.
/// </summary>
public abstract class SqlDialect
{
    /// <summary>MySQL 8.0 and later, and MariaDB 10.6 and later, which know <c>SKIP LOCKED</c>.</summary>
    public static SqlDialect MySql { get; } = new MySqlDialect();

    /// <summary>PostgreSQL 12 and later.</summary>
    public static SqlDialect PostgreSql { get; } = new PostgreSqlDialect();

    /// <summary>A short name for logs and metrics, such as <c>postgresql</c>.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// An expression for the database's clock in microseconds since 1970, which tokens and expiries are counted by: not
    /// older than the statement, so that it is that of after the grant where the statement before waited for a lock.
    /// </summary>
    public abstract string Clock { get; }

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

    /// <summary>
    /// The statements that lock a key inside a transaction that is not ours. It asks the server nothing.
    /// </summary>
    /// <param name="connection">The transaction's connection.</param>
    /// <param name="table">The lock table.</param>
    /// <returns>The statements.</returns>
    public abstract SqlTransactionStatements DescribeTransaction(DbConnection connection, SqlTable table);

    /// <summary>
    /// Adds the parameters of the wait to a command with <see cref="SqlTransactionStatements.Acquire"/>.
    /// </summary>
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

    /// <summary>The statement that creates the table of holders. Null where the database has none.</summary>
    internal virtual string? CreateHolderTable(SqlTable locks) => null;

    /// <summary>The statements of the table of holders. Null where the database has none.</summary>
    /// <param name="locks">The lock table.</param>
    /// <param name="commitsTogether">See <see cref="SqlStatements.CommitsTogether"/>.</param>
    internal virtual HolderStatements? DescribeHolders(SqlTable locks, bool commitsTogether) => null;

    /// <summary>
    /// In a transaction, which it leaves as it was: fails as <see cref="SqlFault.LockTimeout"/> where somebody has
    /// locked the whole table, or waits to do so, in a way that keeps everybody from its rows. After a wait that has
    /// ended it tells that from a row that somebody holds. Null where nothing does.
    /// </summary>
    internal virtual string? ProbeTable(SqlTable table) => null;

    /// <summary>Asks for the number of the session. Null where <see cref="FindSessions"/> can't find it.</summary>
    internal virtual string? AskForSession => null;

    /// <summary>Finds those of some sessions that are still there; any user may ask for its own.</summary>
    internal virtual string FindSessions(string numbers) => throw new NotSupportedException();

    /// <summary>The statements that create our tables.</summary>
    /// <param name="locks">The lock table.</param>
    /// <param name="fencing">The table of the fencing guard.</param>
    /// <returns>A script.</returns>
    /// <exception cref="ArgumentException">The database does not take one of the names.</exception>
    public string CreateScript(SqlTable locks, SqlTable fencing)
    {
        Check(locks, nameof(locks));
        Check(HolderStatements.TableOf(locks), nameof(locks));
        Check(fencing, nameof(fencing));
        string?[] statements = [CreateLockTable(locks), CreateHolderTable(locks), DescribeFencing(fencing).CreateTable];
        return string.Join("\n\n", statements.Where(statement => statement is not null).Select(statement => statement + ";")) + "\n";
    }

    /// <summary>The port that a connection string without one means; zero when it is unknown.</summary>
    public virtual int DefaultPort => 0;

    /// <summary>
    /// Says what a failure means, for a message: the driver's own text may hold what is not to be shown.
    /// </summary>
    /// <param name="exception">What the driver threw.</param>
    /// <returns>
    /// A clause such as "the database does not exist", without any name or value; null when there is nothing to say.
    /// </returns>
    public virtual string? Explain(Exception exception) => null;

    /// <summary>
    /// Whether the server had ended the session, being idle for too long, before it got the statement: any other
    /// session will do.
    /// </summary>
    internal virtual bool HasEndedWhenIdle(Exception exception) => false;

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
