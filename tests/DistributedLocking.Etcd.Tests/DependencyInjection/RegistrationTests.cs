using DistributedLocking.Etcd.Tests.Doubles;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Etcd.Tests.DependencyInjection;

public sealed class RegistrationTests(SharedEtcd etcd)
{
    private readonly string _prefix = SharedEtcd.NewPrefix();

    private string Endpoint => etcd.Server.Endpoint;

    [Fact]
    public async Task An_endpoint() => await ShouldLockAsync(services => services.AddEtcdLock(Endpoint).Configure<EtcdLockOptions>(options => options.KeyPrefix = _prefix));

    [Fact]
    public async Task Several_endpoints_of_which_one_serves() => await ShouldLockAsync(
        services => services.AddEtcdLock(["http://127.0.0.1:1", Endpoint]).Configure<EtcdLockOptions>(options => options.KeyPrefix = _prefix));

    [Fact]
    public async Task Options() => await ShouldLockAsync(services => services.AddEtcdLock(options =>
    {
        options.Endpoints = [Endpoint];
        options.KeyPrefix = _prefix;
    }));

    [Fact]
    public async Task A_section() => await ShouldLockAsync(services => services.AddEtcdLock(Section(
        ("Endpoints:0", Endpoint), ("KeyPrefix", _prefix), ("CommandTimeout", "30s"), ("TimeToLive", "00:00:30"))));

    [Fact]
    public async Task Keyed() => await ShouldLockAsync(
        services => services.AddKeyedEtcdLock("orders", Section(("Endpoints:0", Endpoint), ("KeyPrefix", _prefix))), "orders");

    [Fact]
    public void A_wrong_option_is_an_error_that_names_it()
    {
        var services = new ServiceCollection();
        services.AddEtcdLock("localhost:2379");
        using var provider = services.BuildServiceProvider();

        Should.Throw<OptionsValidationException>(provider.GetRequiredService<IDistributedLock>).Message.ShouldContain("EtcdLockOptions.Endpoints has the address 'localhost:2379'");
    }

    [Fact]
    public void A_missing_endpoint_says_where_it_usually_comes_from() =>
        Should.Throw<ArgumentNullException>(() => new ServiceCollection().AddEtcdLock((string)null!)).Message.ShouldContain("GetConnectionString");

    [Fact]
    public void A_key_that_is_no_option_is_an_error()
    {
        var services = new ServiceCollection();
        services.AddEtcdLock(Section(("Endpoint", Endpoint)));
        using var provider = services.BuildServiceProvider();

        Should.Throw<OptionsValidationException>(provider.GetRequiredService<IDistributedLock>).Message.ShouldContain("'etcd:Endpoint' is not a known option");
    }

    private static IConfigurationSection Section(params (string Key, string Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(value => KeyValuePair.Create("etcd:" + value.Key, (string?)value.Value))).Build().GetSection("etcd");

    private async Task ShouldLockAsync(Action<IServiceCollection> register, object? serviceKey = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        register(services);
        await using var provider = services.BuildServiceProvider();
        var locks = serviceKey is null ? provider.GetRequiredService<IDistributedLock>() : provider.GetRequiredKeyedService<IDistributedLock>(serviceKey);

        await using var handle = await locks.AcquireAsync("key", cancellationToken: TestContext.Current.CancellationToken);

        handle.IsHeld.ShouldBeTrue();
        (await etcd.Server.FindAsync(_prefix)).ShouldContain(entry => entry.Value.Contains(Environment.MachineName, StringComparison.Ordinal));
    }
}
