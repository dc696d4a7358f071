using System.Data;
using System.Data.Common;
using System.Globalization;
using DistributedLocking.Sql;
using DistributedLocking.Sql.Dialects;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.PostgreSql.Dialect;

/// <summary>Row locks and leases on PostgreSQL 12 and later.</summary>
internal sealed class PostgreSqlLockDialect() : SqlLockDialect(SqlDialect.PostgreSql)
{
    public override bool FailureEndsTransaction => true;

    public override string? WhyNoInspection(SqlLockMode mode) => null;

    public override async ValueTask<SqlStatements> DescribeAsync(
        DbConnection connection, SqlTable table, SqlLockMode mode, ILogger logger, CancellationToken cancellationToken)
    {
        var isMultiplexed = Multiplexing.IsOn(connection);
        if (mode == SqlLockMode.RowLock && isMultiplexed)
        {
            throw new DistributedLockUnavailableException("Row locks need connections without Multiplexing: use SqlLockMode.Lease, or a data source of their own.")
            {
                IsTransient = false,
            };
        }

        var session = await PostgreSqlSession.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        var statements = PostgreSqlStatements.For(Dialect.Quote(table), session.LimitsTransactions) with
        {
            PrepareFrequent = session.IsDirect,
            CommitsTogether = session.IsReadCommitted || isMultiplexed,
            ListHolders = mode == SqlLockMode.Lease ? SqlStatements.LeaseHolders(Dialect.Quote(table), Dialect.Clock) : PostgreSqlHolders.List(Dialect.Quote(table)),
            EndHolder = PostgreSqlHolders.End(Dialect.Quote(table)),
        };

        // A transaction whose statement fails would stay open in a session that nobody can name again.
        return statements.CommitsTogether ? statements : PostgreSqlStatements.WithReadCommitted(statements);
    }

    public override void AddRowLockParameters(DbCommand command, TimeSpan timeToLive, TimeSpan wait)
    {
        Parameter(command, "@idle", DbType.String).Value = Math.Ceiling(timeToLive.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        if (wait > TimeSpan.Zero)
        {
            Dialect.AddTransactionWait(command, wait);
        }
    }

    public override async ValueTask<RowState> ReadRowAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        // The first result is that of the settings; one of a single column is that of a lock that is not the row's.
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        if (reader.FieldCount == 1)
        {
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        }

        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            return default;
        }

        return await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false)
            ? new RowState { Exists = reader.GetBoolean(4) }
            : new RowState(IsLocked: true, Exists: true, reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
    }

    public override async ValueTask<LeaseState> ReadLeaseAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            return default;
        }

        return await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false)
            ? new LeaseState(null, TimeSpan.FromMicroseconds(reader.GetInt64(1)), IsReleaseNotified: reader.GetBoolean(2))
            : new LeaseState(reader.GetInt64(0), null);
    }
}
