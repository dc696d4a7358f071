using System.Data.Common;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.Tests.Doubles;

/// <summary>
/// The statements for MySQL in the user's transaction, on a server that also understands those: there is no MySQL where
/// the tests run.
/// </summary>
internal sealed class MySqlWithoutMariaDb : SqlDialect
{
    public override string Name => MySql.Name;

    public override string Clock => MySql.Clock;

    public override string Quote(string identifier) => MySql.Quote(identifier);

    public override string? FindFault(string identifier) => MySql.FindFault(identifier);

    public override SqlTransactionStatements DescribeTransaction(DbConnection connection, SqlTable table) =>
        MySqlTransactionStatements.InTransaction(Quote(table), isMariaDb: false);

    public override void AddTransactionWait(DbCommand command, TimeSpan wait) => MySql.AddTransactionWait(command, wait);

    public override SqlFencingStatements DescribeFencing(SqlTable table) => MySql.DescribeFencing(table);

    public override string CreateLockTable(SqlTable table) => MySql.CreateLockTable(table);

    public override SqlFault Classify(Exception exception) => MySql.Classify(exception);
}
