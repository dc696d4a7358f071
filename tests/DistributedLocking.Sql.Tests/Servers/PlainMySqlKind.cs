using System.Data.Common;
using DistributedLocking.MySql.Dialect;
using DistributedLocking.Sql.Dialects;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Sql.Tests.Servers;

/// <summary>MariaDB, taken for a MySQL server: without MariaDB's own bounds on statements and idle transactions.</summary>
public sealed class PlainMySqlKind : MySqlKind
{
    internal override SqlLockProvider CreateProvider(SqlLockOptions options, DbDataSource source, ILoggerFactory? loggerFactory = null, TimeProvider? time = null) =>
        new PlainMySqlProvider(options, source, loggerFactory, time);

    private sealed class PlainMySqlProvider(SqlLockOptions options, DbDataSource source, ILoggerFactory? loggerFactory, TimeProvider? time)
        : SqlLockProvider(options, new PlainMySqlDialect(), source, ownsDataSource: false, loggerFactory, time);

    private sealed class PlainMySqlDialect : SqlDialect
    {
        private readonly MySqlDialect _inner = new();

        public override string Name => _inner.Name;

        public override bool FailureEndsTransaction => _inner.FailureEndsTransaction;

        public override string Quote(string identifier) => _inner.Quote(identifier);

        public override string? FindFault(string identifier) => _inner.FindFault(identifier);

        public override async ValueTask<SqlStatements> DescribeAsync(
            DbConnection connection, SqlTable table, SqlLockMode mode, ILogger logger, CancellationToken cancellationToken)
        {
            var server = await MySqlServer.ReadAsync(connection, cancellationToken);
            return MySqlStatements.For(Quote(table), server with { IsMariaDb = false });
        }

        public override SqlTransactionStatements DescribeTransaction(DbConnection connection, SqlTable table) =>
            MySqlStatements.InTransaction(Quote(table), isMariaDb: false);

        public override void AddTransactionWait(DbCommand command, TimeSpan wait) => _inner.AddTransactionWait(command, wait);

        public override SqlFencingStatements DescribeFencing(SqlTable table) => _inner.DescribeFencing(table);

        public override string CreateLockTable(SqlTable table) => _inner.CreateLockTable(table);

        public override void AddRowLockParameters(DbCommand command, TimeSpan timeToLive, TimeSpan wait) =>
            _inner.AddRowLockParameters(command, timeToLive, wait);

        public override ValueTask<RowState> ReadRowAsync(DbDataReader reader, CancellationToken cancellationToken) => _inner.ReadRowAsync(reader, cancellationToken);

        public override ValueTask<LeaseState> ReadLeaseAsync(DbDataReader reader, CancellationToken cancellationToken) =>
            _inner.ReadLeaseAsync(reader, cancellationToken);

        public override SqlFault Classify(Exception exception) => _inner.Classify(exception);
    }
}
