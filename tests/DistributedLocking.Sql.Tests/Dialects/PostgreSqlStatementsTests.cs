using DistributedLocking.PostgreSql.Dialect;

namespace DistributedLocking.Sql.Tests.Dialects;

public sealed class PostgreSqlStatementsTests
{
    /// <summary>PostgreSQL 17 is not where the tests run.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_limit_on_the_age_of_transactions_is_lifted_where_the_server_knows_one(bool limitsTransactions)
    {
        var statements = PostgreSqlStatements.For("t", limitsTransactions);

        foreach (var text in (string[])[statements.Lock, statements.TryLock])
        {
            text.Contains("set_config('transaction_timeout', '0', true);", StringComparison.Ordinal).ShouldBe(limitsTransactions);
        }
    }
}
