using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Tests.DependencyInjection;

public sealed class RegistrationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_line_registers_the_lock()
    {
        await using var services = new ServiceCollection().AddInMemoryLock().BuildServiceProvider();
        var locks = services.GetRequiredService<IDistributedLock>();

        await using var handle = await locks.AcquireAsync("key", cancellationToken: Cancel);

        handle.IsHeld.ShouldBeTrue();
        services.GetRequiredService<IDistributedLock>().ShouldBeSameAs(locks);
    }

    [Fact]
    public async Task Keyed_locks_have_options_of_their_own_and_share_the_applications_store()
    {
        await using var services = new ServiceCollection()
            .AddInMemoryLock()
            .AddKeyedInMemoryLock("same", options => options.KeyPrefix = "lock:")
            .AddKeyedInMemoryLock("other", options => options.KeyPrefix = "other:")
            .BuildServiceProvider();
        await using var handle = await services.GetRequiredService<IDistributedLock>().AcquireAsync("key", cancellationToken: Cancel);

        (await services.GetRequiredKeyedService<IDistributedLock>("same").TryAcquireAsync("key", Cancel)).ShouldBeNull();
        (await services.GetRequiredKeyedService<IDistributedLock>("other").TryAcquireAsync("key", Cancel)).ShouldNotBeNull();
    }

    [Fact]
    public void A_wrong_option_is_named_with_its_value()
    {
        using var services = new ServiceCollection()
            .AddInMemoryLock(options => options.TimeToLive = TimeSpan.FromMilliseconds(1))
            .BuildServiceProvider();

        Should.Throw<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate())
            .Message.ShouldContain("InMemoryLockOptions.TimeToLive 00:00:00.0010000");
        Should.Throw<OptionsValidationException>(() => services.GetRequiredService<IDistributedLock>());
    }

    [Fact]
    public void A_section_with_an_unknown_key_is_an_error_at_start()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal) { ["Locks:TimeToLife"] = "30s" })
            .Build();
        using var services = new ServiceCollection().AddInMemoryLock(configuration.GetSection("Locks")).BuildServiceProvider();

        Should.Throw<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate())
            .Message.ShouldContain("Locks:TimeToLife");
    }

    [Fact]
    public async Task A_section_sets_the_options()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal) { ["TimeToLive"] = "90s", ["AutoRenew"] = "false" })
            .Build();
        await using var services = new ServiceCollection().AddInMemoryLock(configuration).BuildServiceProvider();

        services.GetRequiredService<IOptions<InMemoryLockOptions>>().Value.TimeToLive.ShouldBe(TimeSpan.FromSeconds(90));
        await using var handle = await services.GetRequiredService<IDistributedLock>().AcquireAsync("key", Cancel);
        handle.RemainingTime.ShouldBeInRange(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(90));
    }

    [Fact]
    public async Task The_last_registration_counts_whole()
    {
        await using var services = new ServiceCollection()
            .AddInMemoryLock(options =>
            {
                options.TimeToLive = TimeSpan.Zero;
                options.RevealKeys = true;
            })
            .AddInMemoryLock(options => options.KeyPrefix = "second:")
            .BuildServiceProvider();

        services.GetRequiredService<IStartupValidator>().Validate();
        var options = services.GetRequiredService<IOptions<InMemoryLockOptions>>().Value;
        (options.TimeToLive, options.KeyPrefix, options.RevealKeys).ShouldBe((TimeSpan.FromMinutes(1), "second:", false));
        services.GetServices<IDistributedLock>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_last_registration_counts_for_its_service_key_only()
    {
        await using var services = new ServiceCollection()
            .AddKeyedInMemoryLock("orders", options => options.TimeToLive = TimeSpan.Zero)
            .AddKeyedInMemoryLock("stock", options => options.TimeToLive = TimeSpan.FromSeconds(7))
            .AddInMemoryLock(options => options.TimeToLive = TimeSpan.FromSeconds(8))
            .AddKeyedInMemoryLock("orders")
            .BuildServiceProvider();

        services.GetRequiredService<IStartupValidator>().Validate();
        var options = services.GetRequiredService<IOptionsMonitor<InMemoryLockOptions>>();
        options.Get("orders").TimeToLive.ShouldBe(TimeSpan.FromMinutes(1));
        options.Get("stock").TimeToLive.ShouldBe(TimeSpan.FromSeconds(7));
        options.CurrentValue.TimeToLive.ShouldBe(TimeSpan.FromSeconds(8));
        services.GetKeyedServices<IDistributedLock>("orders").ShouldHaveSingleItem();
    }

    [Fact]
    public void A_registration_leaves_the_applications_own_configuration_of_the_options()
    {
        using var services = new ServiceCollection()
            .Configure<InMemoryLockOptions>(options => options.MaxHoldTime = TimeSpan.FromSeconds(9))
            .AddInMemoryLock()
            .PostConfigure<InMemoryLockOptions>(options => options.RevealKeys = true)
            .AddInMemoryLock(options => options.KeyPrefix = "second:")
            .BuildServiceProvider();

        var options = services.GetRequiredService<IOptions<InMemoryLockOptions>>().Value;
        (options.MaxHoldTime, options.KeyPrefix, options.RevealKeys).ShouldBe((TimeSpan.FromSeconds(9), "second:", true));
    }

    [Fact]
    public void Options_of_a_lock_that_the_application_has_replaced_by_its_own_are_not_validated()
    {
        using var own = new DistributedLock(new InMemoryLockProvider(new InMemoryLockStore(), new()), new());
        using var services = new ServiceCollection()
            .AddInMemoryLock(options => options.TimeToLive = TimeSpan.Zero)
            .AddKeyedInMemoryLock("orders", options => options.TimeToLive = TimeSpan.Zero)
            .AddSingleton<IDistributedLock>(own)
            .AddKeyedSingleton<IDistributedLock>("orders", own)
            .BuildServiceProvider();

        services.GetRequiredService<IStartupValidator>().Validate();
        services.GetRequiredService<IDistributedLock>().ShouldBeSameAs(own);
    }

    [Fact]
    public void A_lock_that_is_registered_after_one_of_the_applications_own_counts()
    {
        using var own = new DistributedLock(new InMemoryLockProvider(new InMemoryLockStore(), new()), new());
        using var services = new ServiceCollection().AddSingleton<IDistributedLock>(own).AddInMemoryLock().BuildServiceProvider();

        services.GetRequiredService<IDistributedLock>().ShouldNotBeSameAs(own);
    }

    [Theory]
    [InlineData("orders", "orders")]
    [InlineData(42, "42")]
    [InlineData(" ", null)]
    public void A_keyed_lock_is_named_after_its_service_key(object serviceKey, string? name)
    {
        InMemoryLockOptions? seen = null;
        using var services = new ServiceCollection().AddKeyedInMemoryLock(serviceKey, options => seen = options).BuildServiceProvider();

        services.GetRequiredKeyedService<IDistributedLock>(serviceKey);

        seen!.Name.ShouldBe(name);
    }

    [Fact]
    public void A_missing_connection_string_is_told_with_where_it_comes_from()
    {
        string? connectionString = null;

        var error = Should.Throw<ArgumentNullException>(() => ConnectionStringArgument.ThrowIfMissing(connectionString, "Redis"));

        error.ParamName.ShouldBe("connectionString");
        error.Message.ShouldStartWith("The Redis connection string is null. configuration.GetConnectionString(");
        Should.Throw<ArgumentException>(() => ConnectionStringArgument.ThrowIfMissing(" ", "Redis")).Message.ShouldStartWith("The Redis connection string is blank.");
    }

    [Fact]
    public async Task Disposing_the_services_releases_what_is_held()
    {
        var store = new InMemoryLockStore();
        IDistributedLockHandle handle;
        using (var services = new ServiceCollection().AddInMemoryLock(options => options.Store = store).BuildServiceProvider())
        {
            handle = await services.GetRequiredService<IDistributedLock>().AcquireAsync("key", Cancel);
        }

        handle.IsHeld.ShouldBeFalse();
        store.Count.ShouldBe(0);
    }
}
