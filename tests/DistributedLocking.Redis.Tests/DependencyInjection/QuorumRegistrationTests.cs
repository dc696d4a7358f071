using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.DependencyInjection;

public sealed class QuorumRegistrationTests
{
    [Fact]
    public async Task Connection_strings()
    {
        await using var servers = await RedisTrio.StartAsync();

        await ShouldLockAsync(servers, services => services.AddRedisLock(servers.Addresses).Configure<RedisLockOptions>(Patient));
    }

    [Fact]
    public async Task Options()
    {
        await using var servers = await RedisTrio.StartAsync();

        await ShouldLockAsync(servers, services => services.AddRedisLock(options =>
        {
            options.Servers = servers.Addresses;
            Patient(options);
        }));
    }

    [Fact]
    public async Task A_section()
    {
        await using var servers = await RedisTrio.StartAsync();
        var section = Section([("ServerTimeout", "30s"), .. servers.Addresses.Select((address, i) => ($"Servers:{i}", address))]);

        await ShouldLockAsync(servers, services => services.AddRedisLock(section));
    }

    [Fact]
    public async Task Keyed()
    {
        await using var servers = await RedisTrio.StartAsync();

        await ShouldLockAsync(servers, services => services.AddKeyedRedisLock("orders", servers.Addresses).Configure<RedisLockOptions>("orders", Patient), "orders");
    }

    [Fact]
    public async Task Connections_of_the_application_which_stay_open()
    {
        await using var servers = await RedisTrio.StartAsync();
        var connections = await Task.WhenAll(servers.Addresses.Select(address => ConnectionMultiplexer.ConnectAsync(address)));

        await ShouldLockAsync(servers, services => services.AddRedisLock(options =>
        {
            options.ServerConnections = connections;
            Patient(options);
        }));

        connections.ShouldAllBe(connection => connection.IsConnected);
        Array.ForEach(connections, connection => connection.Dispose());
    }

    [Theory]
    [InlineData("Servers", "a:1,b:1,c:1", "'Locks:Servers' is not a list of texts.")]
    [InlineData("Servers:0:Host", "a", "'Locks:Servers' is not a list of texts.")]
    [InlineData("Servers:0", "a:1", "Servers has 1 entries")]
    [InlineData("ServerTimeout", "soon", "'Locks:ServerTimeout' has the value 'soon'")]
    public void A_section_with_a_mistake_is_an_error_that_names_it(string name, string value, string expected)
    {
        using var services = new ServiceCollection().AddRedisLock(Section([(name, value)])).BuildServiceProvider();

        Should.Throw<OptionsValidationException>(services.GetRequiredService<IStartupValidator>().Validate).Message.ShouldContain(expected);
    }

    [Fact]
    public void The_providers_take_only_what_is_theirs()
    {
        var several = new RedisLockOptions { Servers = ["a:1", "b:1", "c:1"] };

        Should.Throw<ArgumentException>(() => new RedisLockProvider(several)).Message.ShouldContain(nameof(RedisQuorumLockProvider));
        Should.Throw<ArgumentException>(() => new RedisQuorumLockProvider(new RedisLockOptions { Configuration = "a:1" })).Message.ShouldContain("Servers");
    }

    private static void Patient(RedisLockOptions options) => options.ServerTimeout = Eventually.Bound;

    private static async Task ShouldLockAsync(RedisTrio servers, Action<IServiceCollection> register, object? serviceKey = null)
    {
        var collection = new ServiceCollection();
        register(collection);
        await using var services = collection.BuildServiceProvider();
        services.GetRequiredService<IStartupValidator>().Validate();
        var locks = serviceKey is null ? services.GetRequiredService<IDistributedLock>() : services.GetRequiredKeyedService<IDistributedLock>(serviceKey);

        var handle = await locks.AcquireAsync("key", cancellationToken: TestContext.Current.CancellationToken);

        handle.FencingToken.ShouldBePositive();
        (await Task.WhenAll(Enumerable.Range(0, 3).Select(server => servers.SendAsync(server, "KEYS", "lock:*:key"))))
            .Count(keys => keys!.Length > 0).ShouldBeGreaterThanOrEqualTo(2);
        (await handle.ReleaseAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
    }

    private static IConfigurationSection Section((string Name, string Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(each => KeyValuePair.Create<string, string?>($"Locks:{each.Name}", each.Value)))
        .Build()
        .GetSection("Locks");
}
