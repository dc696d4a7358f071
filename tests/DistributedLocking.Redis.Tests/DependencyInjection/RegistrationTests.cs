using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.DependencyInjection;

public sealed class RegistrationTests(SharedRedis redis)
{
    private readonly string _prefix = $"test-{System.Security.Cryptography.RandomNumberGenerator.GetHexString(12)}:";

    private string Address => redis.Server.Address;

    [Fact]
    public async Task A_connection_string() => await ShouldLockAsync(services => services.AddRedisLock(Address).Configure<RedisLockOptions>(o => o.KeyPrefix = _prefix));

    [Fact]
    public async Task Options() => await ShouldLockAsync(services => services.AddRedisLock(options =>
    {
        options.ConfigurationOptions = ConfigurationOptions.Parse(Address);
        options.KeyPrefix = _prefix;
    }));

    [Fact]
    public async Task A_section() => await ShouldLockAsync(services => services.AddRedisLock(Section(
        ("Configuration", Address), ("KeyPrefix", _prefix), ("Database", "2"), ("CommandTimeout", "3s"), ("UseNotifications", "false"), ("TimeToLive", "00:00:30"))));

    [Fact]
    public async Task The_registered_multiplexer()
    {
        using var multiplexer = await ConnectionMultiplexer.ConnectAsync(Address);

        await ShouldLockAsync(services => services
            .AddRedisLock().Configure<RedisLockOptions>(o => o.KeyPrefix = _prefix)
            .AddSingleton<IConnectionMultiplexer>(multiplexer));

        multiplexer.IsConnected.ShouldBeTrue();
    }

    [Fact]
    public async Task Keyed_with_a_connection_string() => await ShouldLockAsync(
        services => services.AddKeyedRedisLock("orders", Address).Configure<RedisLockOptions>("orders", o => o.KeyPrefix = _prefix), "orders");

    [Fact]
    public async Task Keyed_with_options() => await ShouldLockAsync(
        services => services.AddKeyedRedisLock(DayOfWeek.Friday, options =>
        {
            options.Configuration = Address;
            options.KeyPrefix = _prefix;
        }),
        DayOfWeek.Friday);

    [Fact]
    public async Task Keyed_with_a_section() => await ShouldLockAsync(
        services => services.AddKeyedRedisLock("orders", Section(("Configuration", Address), ("KeyPrefix", _prefix))), "orders");

    [Fact]
    public async Task Keyed_over_the_unkeyed_multiplexer()
    {
        using var multiplexer = await ConnectionMultiplexer.ConnectAsync(Address);

        await ShouldLockAsync(
            services => services.AddSingleton<IConnectionMultiplexer>(multiplexer)
                .AddKeyedRedisLock("orders").Configure<RedisLockOptions>("orders", o => o.KeyPrefix = _prefix),
            "orders");
    }

    [Fact]
    public async Task Keyed_over_the_multiplexer_of_the_same_key_rather_than_the_unkeyed()
    {
        await using var other = await RedisServer.StartAsync();
        await using var wire = await other.ConnectAsync();
        using var unkeyed = await ConnectionMultiplexer.ConnectAsync(Address);
        using var keyed = await ConnectionMultiplexer.ConnectAsync(other.Address);
        await using var services = new ServiceCollection()
            .AddSingleton<IConnectionMultiplexer>(unkeyed)
            .AddKeyedSingleton<IConnectionMultiplexer>("orders", keyed)
            .AddKeyedRedisLock("orders")
            .BuildServiceProvider();

        await using var handle = await services.GetRequiredKeyedService<IDistributedLock>("orders").AcquireAsync("key", cancellationToken: TestContext.Current.CancellationToken);

        (await wire.SendAsync("KEYS", "lock:*:key")).ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Locks_of_several_registrations_are_apart()
    {
        await using var services = new ServiceCollection()
            .AddRedisLock(Section(("Configuration", Address), ("KeyPrefix", _prefix)))
            .AddKeyedRedisLock("orders", Section(("Configuration", Address), ("KeyPrefix", _prefix), ("Database", "1")))
            .BuildServiceProvider();
        var plain = services.GetRequiredService<IDistributedLock>();
        var orders = services.GetRequiredKeyedService<IDistributedLock>("orders");

        await using var one = await plain.TryAcquireAsync("key", cancellationToken: TestContext.Current.CancellationToken);
        await using var two = await orders.TryAcquireAsync("key", cancellationToken: TestContext.Current.CancellationToken);

        one.ShouldNotBeNull();
        two.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_lock_that_is_registered_later_takes_the_place()
    {
        await using var services = new ServiceCollection()
            .AddRedisLock(options => options.Database = -7)
            .AddKeyedRedisLock("orders")
            .AddInMemoryLock()
            .AddKeyedInMemoryLock("orders")
            .BuildServiceProvider();

        services.GetRequiredService<IStartupValidator>().Validate();
        await using var handle = await services.GetRequiredService<IDistributedLock>().AcquireAsync("key", TestContext.Current.CancellationToken);
        await using var keyed = await services.GetRequiredKeyedService<IDistributedLock>("orders").AcquireAsync("other", TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_last_registration_counts_and_is_no_mixture()
    {
        await using var services = new ServiceCollection()
            .AddRedisLock(options =>
            {
                options.ConfigurationOptions = ConfigurationOptions.Parse("no-such-host.invalid");
                options.Database = 7;
            })
            .AddRedisLock(options =>
            {
                options.Configuration = Address;
                options.KeyPrefix = _prefix;
            })
            .BuildServiceProvider();

        services.GetRequiredService<IStartupValidator>().Validate();
        services.GetRequiredService<IOptions<RedisLockOptions>>().Value.Database.ShouldBe(-1);
        await using var handle = await services.GetRequiredService<IDistributedLock>().AcquireAsync("key", TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_null_connection_string_is_told_with_where_it_comes_from()
    {
        string? missing = null;
        using var services = new ServiceCollection().AddKeyedRedisLock("orders", options => options.Configuration = missing).BuildServiceProvider();

        Should.Throw<ArgumentNullException>(() => new ServiceCollection().AddRedisLock(missing!)).Message.ShouldContain("configuration.GetConnectionString");
        var message = Should.Throw<OptionsValidationException>(services.GetRequiredService<IStartupValidator>().Validate).Message;
        message.ShouldContain("'orders': RedisLockOptions.Configuration is null");
        message.ShouldContain("configuration.GetConnectionString");
    }

    [Fact]
    public void Without_any_server_the_validation_says_what_to_do()
    {
        using var services = new ServiceCollection().AddRedisLock().BuildServiceProvider();

        Should.Throw<OptionsValidationException>(services.GetRequiredService<IDistributedLock>).Message.ShouldContain("IConnectionMultiplexer");
        Should.Throw<OptionsValidationException>(services.GetRequiredService<IStartupValidator>().Validate);
    }

    [Fact]
    public void A_multiplexer_of_another_key_is_not_taken()
    {
        using var services = new ServiceCollection()
            .AddKeyedSingleton<IConnectionMultiplexer>("other", (_, _) => throw new InvalidOperationException("resolved"))
            .AddKeyedRedisLock("orders")
            .BuildServiceProvider();

        Should.Throw<OptionsValidationException>(() => services.GetRequiredKeyedService<IDistributedLock>("orders")).Message.ShouldContain("IConnectionMultiplexer");
    }

    [Fact]
    public void The_validation_at_start_resolves_no_multiplexer()
    {
        using var services = new ServiceCollection()
            .AddSingleton<IConnectionMultiplexer>(_ => throw new InvalidOperationException("resolved"))
            .AddRedisLock()
            .BuildServiceProvider();

        services.GetRequiredService<IStartupValidator>().Validate();
    }

    [Theory]
    [InlineData("Databse", "1", "'Locks:Databse' is not a known option")]
    [InlineData("Database", "first", "'Locks:Database' has the value 'first'")]
    [InlineData("CommandTimeout", "soon", "'Locks:CommandTimeout' has the value 'soon'")]
    [InlineData("UseNotifications", "maybe", "'Locks:UseNotifications' has the value 'maybe'")]
    [InlineData("TimeToLive", "0s", "TimeToLive")]
    public void A_section_with_a_mistake_is_an_error_that_names_it(string name, string value, string expected)
    {
        using var services = new ServiceCollection().AddRedisLock(Section(("Configuration", Address), (name, value))).BuildServiceProvider();

        Should.Throw<OptionsValidationException>(services.GetRequiredService<IStartupValidator>().Validate).Message.ShouldContain(expected);
    }

    [Fact]
    public void A_connection_string_that_can_not_be_read_is_not_quoted()
    {
        using var services = new ServiceCollection().AddRedisLock("localhost,password=a,s3cret=b").BuildServiceProvider();

        Should.Throw<OptionsValidationException>(services.GetRequiredService<IDistributedLock>).ToString().ShouldNotContain("s3cret");
    }

    [Fact]
    public void Arguments_are_checked_at_the_call()
    {
        var services = new ServiceCollection();

        Should.Throw<ArgumentException>(() => services.AddRedisLock(" "));
        Should.Throw<ArgumentNullException>(() => services.AddRedisLock((string)null!));
        Should.Throw<ArgumentNullException>(() => services.AddRedisLock((Action<RedisLockOptions>)null!));
        Should.Throw<ArgumentNullException>(() => services.AddRedisLock((IConfiguration)null!));
        Should.Throw<ArgumentNullException>(() => services.AddKeyedRedisLock(null!));
        Should.Throw<ArgumentNullException>(() => services.AddKeyedRedisLock(null!, "localhost"));
        Should.Throw<ArgumentNullException>(() => ((IServiceCollection)null!).AddRedisLock());
    }

    [Fact]
    public async Task An_unreachable_server_is_unavailable_and_neither_exceptions_nor_logs_hold_the_password()
    {
        await using var server = await RedisServer.StartAsync();
        using var logs = new RecordingLogger();
        await using var services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(logs))
            .AddRedisLock($"{server.Address},password=s3cret,connectTimeout=500")
            .BuildServiceProvider();
        await server.KillAsync();

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(
            async () => await services.GetRequiredService<IDistributedLock>().TryAcquireAsync("orders", cancellationToken: TestContext.Current.CancellationToken));

        error.ToString().ShouldNotContain("s3cret");
        logs.Entries.ShouldNotBeEmpty();
        logs.Entries.ShouldAllBe(entry => !entry.Text.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Disposing_the_services_releases_and_closes_our_connection()
    {
        await using var server = await RedisServer.StartAsync();
        await using var wire = await server.ConnectAsync();
        var services = new ServiceCollection().AddRedisLock(server.Address).BuildServiceProvider();
        await services.GetRequiredService<IDistributedLock>().AcquireAsync("key", cancellationToken: TestContext.Current.CancellationToken);

        await services.DisposeAsync();

        (await wire.SendAsync("KEYS", "lock:*:key")).ShouldBeEmpty();
        await Eventually.BecomesTrueAsync(
            async () => (await wire.SendAsync("CLIENT", "LIST"))!.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == 1, "the connection was closed");
    }

    private static async Task ShouldLockAsync(Action<IServiceCollection> register, object? serviceKey = null)
    {
        var collection = new ServiceCollection();
        register(collection);
        await using var services = collection.BuildServiceProvider();
        services.GetRequiredService<IStartupValidator>().Validate();
        var locks = serviceKey is null ? services.GetRequiredService<IDistributedLock>() : services.GetRequiredKeyedService<IDistributedLock>(serviceKey);

        var handle = await locks.AcquireAsync("key", cancellationToken: TestContext.Current.CancellationToken);

        handle.IsHeld.ShouldBeTrue();
        handle.FencingToken.ShouldBePositive();
        (await locks.TryAcquireAsync("key", cancellationToken: TestContext.Current.CancellationToken)).ShouldBeNull();
        (await handle.ReleaseAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
    }

    private static IConfigurationSection Section(params (string Name, string Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(each => KeyValuePair.Create<string, string?>($"Locks:{each.Name}", each.Value)))
        .Build()
        .GetSection("Locks");
}
