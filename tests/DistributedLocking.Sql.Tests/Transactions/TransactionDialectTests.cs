using DistributedLocking.Sql.Transactions;

namespace DistributedLocking.Sql.Tests.Transactions;

public sealed class TransactionDialectTests
{
    [Theory]
    [InlineData("PostgreSQL 15.8 (Debian 15.8-0+deb12u1) on x86_64-pc-linux-gnu", "postgresql")]
    [InlineData("8.0.36", "mysql")]
    [InlineData("10.11.6-MariaDB-0+deb12u1", "mysql")]
    [InlineData("Microsoft SQL Server 2022", null)]
    [InlineData("CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu)", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_servers_version_tells_its_dialect(string? version, string? name) =>
        (TransactionDialect.Recognize(version)?.Name).ShouldBe(name);
}
