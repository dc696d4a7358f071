using System.Data.Common;
using DistributedLocking.MySql.Dialect;
using DistributedLocking.Sql.Dialects;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Sql.Tests.Servers;

/// <summary>
/// MariaDB, taken for a MySQL server: without MariaDB's own bounds on statements and idle transactions.
/// </summary>
public sealed class PlainMySqlKind : MySqlKind
{
    internal override SqlLockProvider CreateProvider(SqlLockOptions options, DbDataSource source, ILoggerFactory? loggerFactory = null, TimeProvider? time = null) =>
        new PlainMySqlProvider(options, source, loggerFactory, time);

    private sealed class PlainMySqlProvider(SqlLockOptions options, DbDataSource source, ILoggerFactory? loggerFactory, TimeProvider? time)
        : SqlLockProvider(options, new PlainMySqlDialect(), source, ownsDataSource: false, loggerFactory, time);

    private sealed class PlainMySqlDialect() : SqlLockDialect(SqlDialect.MySql)
    {
        private readonly MySqlLockDialect _inner = new();

        public override bool FailureEndsTransaction => _inner.FailureEndsTransaction;

        public override async ValueTask<SqlStatements> DescribeAsync(
            DbConnection connection, SqlTable table, SqlLockMode mode, ILogger logger, CancellationToken cancellationToken)
        {
            var server = await MySqlServer.ReadAsync(connection, cancellationToken);
            var statements = MySqlStatements.For(Dialect.Quote(table), server with { IsMariaDb = false });

            // MariaDB does not know MySQL's newer words.
            return statements with
            {
                LockForReader = statements.LockForReader!.Replace("FOR SHARE", "LOCK IN SHARE MODE", StringComparison.Ordinal),
                TryLockForReader = statements.TryLockForReader!.Replace("FOR SHARE", "LOCK IN SHARE MODE", StringComparison.Ordinal),
            };
        }

        public override void AddRowLockParameters(DbCommand command, TimeSpan timeToLive, TimeSpan wait) =>
            _inner.AddRowLockParameters(command, timeToLive, wait);

        public override ValueTask<RowState> ReadRowAsync(DbDataReader reader, CancellationToken cancellationToken) => _inner.ReadRowAsync(reader, cancellationToken);

        public override ValueTask<LeaseState> ReadLeaseAsync(DbDataReader reader, CancellationToken cancellationToken) =>
            _inner.ReadLeaseAsync(reader, cancellationToken);
    }
}
