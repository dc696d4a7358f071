using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Tests.Doubles;
using MySqlConnector;
using Npgsql;

namespace DistributedLocking.Sql.Tests.Connections;

public sealed class PoolSizeTests
{
    [Theory]
    [InlineData("", 100)]
    [InlineData(";Maximum Pool Size=7", 7)]
    [InlineData(";maxpoolsize=7", 7)]
    [InlineData(";Pooling=false;Maximum Pool Size=7", int.MaxValue)]
    public void It_is_what_the_drivers_make_of_their_connection_strings(string settings, int size)
    {
        using var postgreSql = NpgsqlDataSource.Create("Host=db" + settings);
        using var mySql = new MySqlDataSource("Server=db" + settings);

        PoolSize.Of(postgreSql).ShouldBe(size);
        PoolSize.Of(mySql).ShouldBe(size);
    }

    [Fact]
    public void A_data_source_that_does_not_say_has_no_limit()
    {
        using var inner = NpgsqlDataSource.Create("Host=db");

        PoolSize.Of(new SwitchedDataSource(inner, "not a connection string")).ShouldBe(int.MaxValue);
    }
}
