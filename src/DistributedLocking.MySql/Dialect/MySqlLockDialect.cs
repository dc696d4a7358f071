using System.Data;
using System.Data.Common;
using DistributedLocking.Sql;
using DistributedLocking.Sql.Dialects;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.MySql.Dialect;

/// <summary>Row locks and leases on MySQL 8.0 and later, and MariaDB 10.6 and later.</summary>
internal sealed class MySqlLockDialect() : SqlLockDialect(SqlDialect.MySql)
{
    public override bool FailureEndsTransaction => false;

    public override string? WhyNoInspection(SqlLockMode mode) => mode == SqlLockMode.Lease
        ? null
        : "MySQL and MariaDB do not tell which rows a transaction has locked, unless somebody waits for them.";

    public override async ValueTask<SqlStatements> DescribeAsync(
        DbConnection connection, SqlTable table, SqlLockMode mode, ILogger logger, CancellationToken cancellationToken)
    {
        var server = await MySqlServer.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        if (server.IsMultiPrimary && mode == SqlLockMode.RowLock)
        {
            Log.RowLocksAreLocal(logger);
        }

        if (server.AssignsAtOnce && mode == SqlLockMode.Lease)
        {
            throw new DistributedLockUnavailableException("Leases can't be kept under the SQL mode SIMULTANEOUS_ASSIGNMENT: leave it out for the lock's connections.")
            {
                IsTransient = false,
            };
        }

        return MySqlStatements.For(Dialect.Quote(table), server);
    }

    public override void AddRowLockParameters(DbCommand command, TimeSpan timeToLive, TimeSpan wait)
    {
        Parameter(command, "@idle", DbType.Int64).Value = Math.Max(1, (long)Math.Ceiling(timeToLive.TotalSeconds));
        if (wait > TimeSpan.Zero)
        {
            Dialect.AddTransactionWait(command, wait);
        }
    }

    public override async ValueTask<RowState> ReadRowAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        var hasRow = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (reader.FieldCount > 3)
        {
            // With the clock. Where it is no row, an attempt that does not wait does not know whether there is one.
            return hasRow ? new RowState(IsLocked: true, Exists: true, reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)) : default;
        }

        var row = hasRow
            ? new RowState(IsLocked: true, Exists: true, reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), Now: 0)
            : default;
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);

        // An attempt that waits finds no row only if there is none.
        return row with { Now = reader.GetInt64(0), Exists = row.IsLocked || (reader.FieldCount > 1 && reader.GetInt64(1) != 0) };
    }

    public override async ValueTask<LeaseState> ReadLeaseAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        // No row: released or deleted between the two statements.
        var lease = new LeaseState(null, TimeSpan.Zero);

        // Galera sends the row before the cluster has certified the statement. Where it does not, the server runs the
        // statement again, and sends a second row.
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            lease = ReadLease(reader);
        }

        return lease;
    }

    private static LeaseState ReadLease(DbDataReader reader)
    {
        if (reader.IsDBNull(0))
        {
            return new LeaseState(null, TimeSpan.Zero);
        }

        return reader.GetInt64(0) != 0
            ? new LeaseState(reader.GetInt64(1), null)
            : new LeaseState(null, TimeSpan.FromMicroseconds(Math.Max(0, reader.GetInt64(2))));
    }
}
