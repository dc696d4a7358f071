using DistributedLocking.Sql.Dialects;
using DistributedLocking.Sql.Tests.Doubles;

namespace DistributedLocking.Sql.Tests.Dialects;

public sealed class ClassifyTests
{
    [Theory]
    [InlineData(1205, SqlFault.LockTimeout)]
    [InlineData(3572, SqlFault.LockTimeout)]
    [InlineData(1969, SqlFault.LockTimeout)]
    [InlineData(1317, SqlFault.LockTimeout)]
    [InlineData(1213, SqlFault.Deadlock)]
    [InlineData(3101, SqlFault.Deadlock)]
    [InlineData(1305, SqlFault.Deadlock)]
    [InlineData(1146, SqlFault.TableMissing)]
    [InlineData(1050, SqlFault.AlreadyExists)]
    [InlineData(1044, SqlFault.Refused)]
    [InlineData(1045, SqlFault.Refused)]
    [InlineData(1049, SqlFault.Refused)]
    [InlineData(1142, SqlFault.Refused)]
    [InlineData(1064, SqlFault.Refused)]
    [InlineData(1040, SqlFault.Unavailable)]
    [InlineData(3024, SqlFault.Unavailable)]
    [InlineData(2006, SqlFault.Unavailable)]
    [InlineData(0, SqlFault.Unavailable)]
    public void MySql_goes_by_the_number(int number, SqlFault fault)
    {
        SqlDialect.MySql.Classify(new ServerError(sqlState: null, number)).ShouldBe(fault);
        SqlDialect.MySql.Classify(new OperationCanceledException("cancelled", new ServerError(sqlState: null, number))).ShouldBe(fault);
        SqlDialect.MySql.Classify(new ServerError(sqlState: null, number: 0, new ServerError(sqlState: null, number))).ShouldBe(fault);
    }

    [Theory]
    [InlineData("55P03", SqlFault.LockTimeout)]
    [InlineData("57014", SqlFault.LockTimeout)]
    [InlineData("40P01", SqlFault.Deadlock)]
    [InlineData("40001", SqlFault.Deadlock)]
    [InlineData("42P01", SqlFault.TableMissing)]
    [InlineData("3F000", SqlFault.TableMissing)]
    [InlineData("42P07", SqlFault.AlreadyExists)]
    [InlineData("23505", SqlFault.AlreadyExists)]
    [InlineData("42710", SqlFault.AlreadyExists)]
    [InlineData("3D000", SqlFault.Refused)]
    [InlineData("28P01", SqlFault.Refused)]
    [InlineData("28000", SqlFault.Refused)]
    [InlineData("42501", SqlFault.Refused)]
    [InlineData("42601", SqlFault.Refused)]
    [InlineData("0A000", SqlFault.Refused)]
    [InlineData("57P01", SqlFault.Unavailable)]
    [InlineData("53300", SqlFault.Unavailable)]
    [InlineData(null, SqlFault.Unavailable)]
    public void PostgreSql_goes_by_the_state(string? state, SqlFault fault) =>
        SqlDialect.PostgreSql.Classify(new ServerError(state, number: 0)).ShouldBe(fault);

    [Fact]
    public void What_is_no_answer_of_a_server_is_a_failure()
    {
        SqlDialect.MySql.Classify(new TimeoutException()).ShouldBe(SqlFault.Unavailable);
        SqlDialect.PostgreSql.Classify(new TimeoutException()).ShouldBe(SqlFault.Unavailable);
    }
}
