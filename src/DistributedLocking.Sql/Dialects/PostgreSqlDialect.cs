using System.Data.Common;
using System.Globalization;
using System.Text;
using DistributedLocking.Sql.Connections;

namespace DistributedLocking.Sql.Dialects;

/// <summary>PostgreSQL 12 and later.</summary>
internal sealed class PostgreSqlDialect : SqlDialect
{
    private const int LongestIdentifier = 63;

    public override string Name => "postgresql";

    public override int DefaultPort => 5432;

    public override string Clock => PostgreSqlTransactionStatements.Now;

    public override string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The server would cut a longer name, and two names could become one.</summary>
    public override string? FindFault(string identifier) =>
        Encoding.UTF8.GetByteCount(identifier) > LongestIdentifier ? $"must be at most {LongestIdentifier} bytes long in UTF-8"
        : identifier.Contains('\0', StringComparison.Ordinal) ? "must not hold the character U+0000"
        : null;

    public override SqlTransactionStatements DescribeTransaction(DbConnection connection, SqlTable table) => PostgreSqlTransactionStatements.InTransaction(Quote(table));

    public override void AddTransactionWait(DbCommand command, TimeSpan wait) =>
        command.Set("@wait", Math.Min(Math.Ceiling(wait.TotalMilliseconds), int.MaxValue).ToString(CultureInfo.InvariantCulture));

    public override SqlFencingStatements DescribeFencing(SqlTable table) => PostgreSqlTransactionStatements.Fencing(Quote(table));

    public override string CreateLockTable(SqlTable table) => PostgreSqlTransactionStatements.CreateTable(Quote(table));

    internal override string CreateHolderTable(SqlTable locks) => PostgreSqlHolderStatements.CreateTable(Quote(HolderStatements.TableOf(locks)));

    internal override HolderStatements DescribeHolders(SqlTable locks, bool commitsTogether) =>
        PostgreSqlHolderStatements.For(Quote(locks), Quote(HolderStatements.TableOf(locks)), commitsTogether);

    /// <summary>
    /// Behind a pooler that shares sessions this is some session of its: what is looked after then is the server rather
    /// than the session.
    /// </summary>
    internal override string AskForSession => "SELECT pg_backend_pid()";

    internal override string FindSessions(string numbers) => $"SELECT pid FROM pg_stat_activity WHERE pid IN ({numbers})";

    internal override string ProbeTable(SqlTable table) => PostgreSqlTransactionStatements.ProbeTable(Quote(table));

    /// <summary>See https://www.postgresql.org/docs/current/errcodes-appendix.html.</summary>
    public override SqlFault Classify(Exception exception) => (exception as DbException)?.SqlState switch
    {
        // A lock's time-out; a statement's, which is how our waits end; how our statement says that it found a lease.
        "55P03" or "57014" or PostgreSqlTransactionStatements.LeasedState => SqlFault.LockTimeout,
        "40P01" or "40001" => SqlFault.Deadlock,
        "42P01" or "3F000" => SqlFault.TableMissing,
        "42P07" or "23505" or "42710" => SqlFault.AlreadyExists,
        "3D000" => SqlFault.Refused,
        "26000" or "42P05" => SqlFault.NotPrepared,

        // Classes of wrong credentials, of rights and wrong statements, of read-only servers, and of features that are
        // not there.
        { } state when state.StartsWith("28", StringComparison.Ordinal)
            || state.StartsWith("42", StringComparison.Ordinal)
            || state.StartsWith("0A", StringComparison.Ordinal) => SqlFault.Refused,
        _ => SqlFault.Unavailable,
    };

    /// <summary>
    /// The end of a session by <c>idle_session_timeout</c>, which counts outside of transactions only.
    /// </summary>
    internal override bool HasEndedWhenIdle(Exception exception) => exception is DbException { SqlState: "57P05" };

    public override string? Explain(Exception exception) => (exception as DbException)?.SqlState switch
    {
        "28P01" => "password authentication failed for the user",
        "28000" => "the server does not let the user in (see its pg_hba.conf)",
        "3D000" => "the database does not exist",
        "42501" => "the user lacks a right that the lock needs",
        "25006" => "the server is read-only",
        "53300" => "it has too many connections",
        "57P01" or "57P02" => "the server is shutting down",
        "57P03" => "the server is starting up or shutting down",
        _ => null,
    };
}
