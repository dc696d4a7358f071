using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using DistributedLocking.Testing;
using DistributedLocking.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Tests.DependencyInjection;

/// <summary>One registration is a lock, a reader-writer lock and a semaphore.</summary>
public sealed class ModeRegistrationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_line_registers_the_three_on_one_engine()
    {
        await using var services = new ServiceCollection().AddInMemoryLock().BuildServiceProvider();
        var locks = services.GetRequiredService<IDistributedLock>();

        services.GetRequiredService<IDistributedReaderWriterLock>().ShouldBeSameAs(locks);
        services.GetRequiredService<IDistributedSemaphore>().ShouldBeSameAs(locks);
        await using var permit = await services.GetRequiredService<IDistributedSemaphore>().AcquireAsync("key", 2, Cancel);
        permit.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public void Keyed_twins_have_three_of_their_own()
    {
        using var services = new ServiceCollection().AddInMemoryLock().AddKeyedInMemoryLock("other").BuildServiceProvider();
        var locks = services.GetRequiredKeyedService<IDistributedLock>("other");

        locks.ShouldNotBeSameAs(services.GetRequiredService<IDistributedLock>());
        services.GetRequiredKeyedService<IDistributedReaderWriterLock>("other").ShouldBeSameAs(locks);
        services.GetRequiredKeyedService<IDistributedSemaphore>("other").ShouldBeSameAs(locks);
    }

    [Fact]
    public async Task The_last_registration_counts_for_the_three_together()
    {
        var store = new InMemoryLockStore();
        await using var services = new ServiceCollection()
            .AddInMemoryLock(options => options.TimeToLive = TimeSpan.Zero)
            .AddInMemoryLock(options => options.Store = store)
            .BuildServiceProvider();
        services.GetRequiredService<IStartupValidator>().Validate();

        services.GetServices<IDistributedReaderWriterLock>().ShouldHaveSingleItem();
        services.GetServices<IDistributedSemaphore>().ShouldHaveSingleItem();
        await using var reader = await services.GetRequiredService<IDistributedReaderWriterLock>().AcquireReadLockAsync("key", Cancel);
        store.Count.ShouldBe(1);
    }

    [Fact]
    public void To_resolve_what_the_provider_has_not_is_an_error_that_says_who_has()
    {
        var provider = new Plain();
        using var services = new ServiceCollection()
            .AddDistributedLock(null, new LockOptionsValidator<DistributedLockOptions>(), configure: null, (_, _) => provider)
            .BuildServiceProvider();

        Should.Throw<NotSupportedException>(() => services.GetService<IDistributedSemaphore>()).Message
            .ShouldBe("The lock's provider 'plain' has no semaphores (LockMode.Counted) as it is configured. It counts to one. "
                + "These have: in memory, files, Redis on one server, with replicas or as a Cluster, PostgreSQL, MySQL and MariaDB, etcd.");
        Should.Throw<NotSupportedException>(() => services.GetService<IDistributedReaderWriterLock>()).Message.ShouldContain("no reader-writer locks");
        services.GetRequiredService<IDistributedLock>().ShouldNotBeNull();
    }

    [Fact]
    public async Task What_was_resolved_is_disposed_with_the_services()
    {
        var provider = new ScriptedProvider(new ManualTimeProvider());
        await using (var services = new ServiceCollection()
            .AddDistributedLock(null, new LockOptionsValidator<DistributedLockOptions>(), configure: null, (_, _) => provider)
            .BuildServiceProvider())
        {
            Should.Throw<NotSupportedException>(() => services.GetService<IDistributedSemaphore>());
        }

        provider.IsDisposed.ShouldBeTrue();
    }

    private sealed class Plain() : DelegatingLockProvider(new InMemoryLockProvider(new InMemoryLockStore(), new DistributedLockOptions()))
    {
        public override string Name => "plain";

        public override LockProviderCapabilities Capabilities => LockProviderCapabilities.None;

        public override string? WhyNot(LockMode mode) => mode == LockMode.Counted ? "It counts to one." : null;
    }
}
