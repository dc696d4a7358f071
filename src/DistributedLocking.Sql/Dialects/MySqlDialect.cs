using System.Data.Common;
using DistributedLocking.Sql.Connections;

namespace DistributedLocking.Sql.Dialects;

/// <summary>MySQL 8.0 and later, and MariaDB 10.6 and later.</summary>
internal sealed class MySqlDialect : SqlDialect
{
    private const int LongestIdentifier = 64;

    /// <summary>
    /// Where MySqlConnector puts the server's number, as others do for which <see cref="DbException"/> has no member
    /// either.
    /// </summary>
    private const string ErrorNumber = "Server Error Code";

    public override string Name => "mysql";

    public override int DefaultPort => 3306;

    public override string Clock => MySqlTransactionStatements.Now;

    public override string Quote(string identifier) => $"`{identifier.Replace("`", "``", StringComparison.Ordinal)}`";

    /// <summary>See https://dev.mysql.com/doc/refman/8.0/en/identifiers.html.</summary>
    public override string? FindFault(string identifier) =>
        identifier.Length > LongestIdentifier ? $"must be at most {LongestIdentifier} characters long"
        : identifier.Contains('\0', StringComparison.Ordinal) || identifier.Any(char.IsSurrogate) ? "must not hold U+0000 or characters above U+FFFF"
        : identifier[^1] == ' ' ? "must not end with a space"
        : null;

    public override SqlTransactionStatements DescribeTransaction(DbConnection connection, SqlTable table)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return MySqlTransactionStatements.InTransaction(Quote(table), connection.ServerVersion.Contains("MariaDB", StringComparison.OrdinalIgnoreCase));
    }

    // Whole seconds are too coarse for the wait itself, and must not end it before its time.
    public override void AddTransactionWait(DbCommand command, TimeSpan wait)
    {
        command.Set("@wait", (long)Math.Ceiling(wait.TotalSeconds) + 1);
        command.Set("@limit", (decimal)wait.TotalSeconds);
    }

    public override SqlFencingStatements DescribeFencing(SqlTable table) => MySqlTransactionStatements.Fencing(Quote(table));

    public override string CreateLockTable(SqlTable table) => MySqlTransactionStatements.CreateTable(Quote(table));

    internal override string CreateHolderTable(SqlTable locks) => MySqlHolderStatements.CreateTable(Quote(HolderStatements.TableOf(locks)));

    internal override HolderStatements DescribeHolders(SqlTable locks, bool commitsTogether) =>
        MySqlHolderStatements.For(Quote(locks), Quote(HolderStatements.TableOf(locks)));

    internal override string AskForSession => "SELECT CONNECTION_ID()";

    internal override string FindSessions(string numbers) => $"SELECT id FROM information_schema.processlist WHERE id IN ({numbers})";

    /// <summary>
    /// It locks no row, but needs what any locking read needs of the table. On MySQL it waits for that all the same, to
    /// the end of the call.
    /// </summary>
    internal override string ProbeTable(SqlTable table) => $"SELECT 1 FROM {Quote(table)} WHERE FALSE FOR UPDATE NOWAIT";

    /// <summary>
    /// See https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html and
    /// https://mariadb.com/kb/en/mariadb-error-codes/.
    /// </summary>
    public override SqlFault Classify(Exception exception) => NumberOf(exception) switch
    {
        // Lock wait time-out; NOWAIT conflict; MariaDB's bound on a statement; a statement that was killed, as the
        // driver does at the end of a wait.
        1205 or 3572 or 1969 or 1317 => SqlFault.LockTimeout,

        // A deadlock, or a write of another server of a Galera cluster; the same in Group Replication; MariaDB's
        // innodb_snapshot_isolation: the row was changed after the transaction's snapshot; no savepoint, which went
        // with the transaction; no value for a variable, which is how our statements say the same on MariaDB.
        1213 or 3101 or 1020 or 1305 or 1231 => SqlFault.Deadlock,
        1146 => SqlFault.TableMissing,
        1050 => SqlFault.AlreadyExists,

        // Access denied to the server, the database, a table, a column or a right; no such database; wrong statements
        // and variables; a binary log of statements, under READ COMMITTED.
        1665 or 1044 or 1045 or 1049 or 1054 or 1064 or 1142 or 1143 or 1193 or 1227 or 1370 or 1698 or 1820 => SqlFault.Refused,
        _ => SqlFault.Unavailable,
    };

    public override string? Explain(Exception exception) => NumberOf(exception) switch
    {
        1045 or 1698 => "password authentication failed for the user",
        1044 => "the user may not use the database",
        1049 => "the database does not exist",
        1142 or 1143 or 1227 or 1370 => "the user lacks a right that the lock needs",
        1040 or 1203 or 1226 => "it has too many connections",
        1053 => "the server is shutting down",
        1665 => "its binlog_format is STATEMENT, with which InnoDB takes no READ COMMITTED transaction: use MIXED or ROW",
        1290 or 1792 or 1836 => "the server is read-only",
        _ => null,
    };

    private static int? NumberOf(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is DbException && exception.Data[ErrorNumber] is int number and not 0)
            {
                return number;
            }
        }

        return null;
    }
}
