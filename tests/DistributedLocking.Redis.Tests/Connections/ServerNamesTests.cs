using System.Net;
using DistributedLocking.Redis.Connections;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Connections;

public sealed class ServerNamesTests
{
    [Theory]
    [InlineData("localhost", "localhost:6379")]
    [InlineData("localhost:7000,ssl=true", "localhost:7000")]
    [InlineData("localhost,ssl=true", "localhost:6380")]
    [InlineData("a:1, b:2,c:3,password=secret", "a:1, b:2, c:3")]
    [InlineData("[::1]:7000", "[::1]:7000")]
    [InlineData("localhost,password=correct,horse", "localhost:6379 and 1 more")]
    [InlineData("password=correct,horse,localhost", null)]
    public void What_may_be_the_end_of_a_password_is_not_named(string connectionString, string? expected) =>
        NamesOf(connectionString).All.ShouldBe(expected);

    [Fact]
    public void Of_an_object_the_first_server_is_named() =>
        new ServerNames(ConfigurationOptions.Parse("a:1,b:2").EndPoints, connectionString: null, isEncrypted: false).All.ShouldBe("a:1 and 1 more");

    [Fact]
    public void One_server_is_named_unless_it_may_be_the_end_of_a_password()
    {
        var names = NamesOf("localhost:7000,password=correct,horse");

        names.Of(new DnsEndPoint("localhost", 7000)).ShouldBe("localhost:7000");
        names.Of(ConfigurationOptions.Parse("horse").EndPoints[0]).ShouldBe("localhost:7000 and 1 more");
        names.Of(new IPEndPoint(IPAddress.Loopback, 7001)).ShouldBe("127.0.0.1:7001");
    }

    private static ServerNames NamesOf(string connectionString)
    {
        var configuration = ConfigurationOptions.Parse(connectionString);
        return new ServerNames(configuration.EndPoints, connectionString, configuration.Ssl);
    }
}
