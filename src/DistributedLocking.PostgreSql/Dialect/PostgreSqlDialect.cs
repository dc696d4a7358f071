using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text;
using DistributedLocking.Sql;
using DistributedLocking.Sql.Dialects;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace DistributedLocking.PostgreSql.Dialect;

/// <summary>PostgreSQL 12 and later.</summary>
internal sealed class PostgreSqlDialect : SqlDialect
{
    private const int LongestIdentifier = 63;

    /// <summary>What the server's own bound on a statement allows beyond the wait, so that the wait ends first.</summary>
    private static readonly TimeSpan StatementGrace = TimeSpan.FromSeconds(5);

    public override string Name => "postgresql";

    public override int DefaultPort => 5432;

    public override bool FailureEndsTransaction => true;

    public override string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The server would cut a longer name, and two names could become one.</summary>
    public override string? FindFault(string identifier) =>
        Encoding.UTF8.GetByteCount(identifier) > LongestIdentifier ? $"must be at most {LongestIdentifier} bytes long in UTF-8"
        : identifier.Contains('\0', StringComparison.Ordinal) ? "must not hold the character U+0000"
        : null;

    public override async ValueTask<SqlStatements> DescribeAsync(
        DbConnection connection, SqlTable table, SqlLockMode mode, ILogger logger, CancellationToken cancellationToken)
    {
        // Statements of one transaction would go to different sessions.
        if (mode == SqlLockMode.RowLock && new NpgsqlConnectionStringBuilder(connection.ConnectionString).Multiplexing)
        {
            throw new DistributedLockUnavailableException("Row locks need connections without Multiplexing: use SqlLockMode.Lease, or a data source of their own.")
            {
                IsTransient = false,
            };
        }

        var session = await PostgreSqlSession.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        var statements = PostgreSqlStatements.For(Quote(table)) with { PrepareFrequent = session.IsDirect };
        return mode == SqlLockMode.Lease && !session.IsReadCommitted ? PostgreSqlStatements.WithReadCommittedLeases(statements) : statements;
    }

    public override SqlTransactionStatements DescribeTransaction(DbConnection connection, SqlTable table) => PostgreSqlStatements.InTransaction(Quote(table));

    public override void AddTransactionWait(DbCommand command, TimeSpan wait) => AddMilliseconds(command, "@wait", wait);

    public override SqlFencingStatements DescribeFencing(SqlTable table) => PostgreSqlStatements.Fencing(Quote(table));

    public override string CreateLockTable(SqlTable table) => PostgreSqlStatements.CreateTable(Quote(table));

    public override void AddRowLockParameters(DbCommand command, TimeSpan timeToLive, TimeSpan wait)
    {
        AddMilliseconds(command, "@idle", timeToLive);
        if (wait > TimeSpan.Zero)
        {
            AddMilliseconds(command, "@wait", wait);
            AddMilliseconds(command, "@limit", wait + StatementGrace);
        }
    }

    public override async ValueTask<RowState> ReadRowAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        // The first result is that of the settings.
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            return default;
        }

        return await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false)
            ? new RowState { Exists = reader.GetBoolean(4) }
            : new RowState(IsLocked: true, Exists: true, reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
    }

    public override async ValueTask<LeaseState> ReadLeaseAsync(DbDataReader reader, CancellationToken cancellationToken) =>
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? new LeaseState(reader.GetInt64(0), null) : default;

    /// <summary>See https://www.postgresql.org/docs/current/errcodes-appendix.html.</summary>
    public override SqlFault Classify(Exception exception) => (exception as DbException)?.SqlState switch
    {
        // The second is how our statement says that it found a lease.
        "55P03" or PostgreSqlStatements.LeasedState => SqlFault.LockTimeout,
        "40P01" or "40001" => SqlFault.Deadlock,
        "42P01" or "3F000" => SqlFault.TableMissing,
        "42P07" or "23505" or "42710" => SqlFault.AlreadyExists,
        "3D000" => SqlFault.Refused,
        "26000" or "42P05" => SqlFault.NotPrepared,

        // Classes of wrong credentials, of rights and wrong statements, of read-only servers, and of features that are not there.
        { } state when state.StartsWith("28", StringComparison.Ordinal)
            || state.StartsWith("42", StringComparison.Ordinal)
            || state.StartsWith("0A", StringComparison.Ordinal) => SqlFault.Refused,
        _ => SqlFault.Unavailable,
    };

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

    private static void AddMilliseconds(DbCommand command, string name, TimeSpan time)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.DbType = DbType.String;
        parameter.Value = Math.Ceiling(time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        command.Parameters.Add(parameter);
    }
}
