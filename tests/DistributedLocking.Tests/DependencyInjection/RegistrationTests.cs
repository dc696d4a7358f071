using DistributedLocking.InMemory;
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
            .Message.ShouldContain("TimeToLive 00:00:00.0010000");
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
