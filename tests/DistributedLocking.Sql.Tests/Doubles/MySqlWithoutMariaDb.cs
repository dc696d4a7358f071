using System.Data.Common;
using DistributedLocking.MySql.Dialect;
using DistributedLocking.Sql.Dialects;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Sql.Tests.Doubles;

/// <summary>The statements for MySQL in the user's transaction, on a server that also understands those: there is no MySQL where the tests run.</summary>
internal sealed class MySqlWithoutMariaDb : SqlDialect
{
    private readonly MySqlDialect _inner = new();

    public override string Name => _inner.Name;

    public override bool FailureEndsTransaction => _inner.FailureEndsTransaction;

    public override string Quote(string identifier) => _inner.Quote(identifier);

    public override string? FindFault(string identifier) => _inner.FindFault(identifier);

    public override ValueTask<SqlStatements> DescribeAsync(
        DbConnection connection, SqlTable table, SqlLockMode mode, ILogger logger, CancellationToken cancellationToken) =>
        _inner.DescribeAsync(connection, table, mode, logger, cancellationToken);

    public override SqlTransactionStatements DescribeTransaction(DbConnection connection, SqlTable table) =>
        MySqlStatements.InTransaction(Quote(table), isMariaDb: false);

    public override void AddTransactionWait(DbCommand command, TimeSpan wait) => _inner.AddTransactionWait(command, wait);

    public override SqlFencingStatements DescribeFencing(SqlTable table) => _inner.DescribeFencing(table);

    public override string CreateLockTable(SqlTable table) => _inner.CreateLockTable(table);

    public override void AddRowLockParameters(DbCommand command, TimeSpan timeToLive, TimeSpan wait) => _inner.AddRowLockParameters(command, timeToLive, wait);

    public override ValueTask<RowState> ReadRowAsync(DbDataReader reader, CancellationToken cancellationToken) => _inner.ReadRowAsync(reader, cancellationToken);

    public override ValueTask<LeaseState> ReadLeaseAsync(DbDataReader reader, CancellationToken cancellationToken) =>
        _inner.ReadLeaseAsync(reader, cancellationToken);

    public override SqlFault Classify(Exception exception) => _inner.Classify(exception);
}
