using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using DistributedLocking.Testing;
using DistributedLocking.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Tests.DependencyInjection;

/// <summary>The inspector is registered with the lock.</summary>
public sealed class InspectorRegistrationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_line_registers_the_lock_and_who_looks_at_it()
    {
        await using var services = new ServiceCollection().AddInMemoryLock().BuildServiceProvider();
        await using var held = await services.GetRequiredService<IDistributedLock>().AcquireAsync("orders:42", cancellationToken: Cancel);

        var holder = (await services.GetRequiredService<IDistributedLockInspector>().FindAsync("orders:42", Cancel)).ShouldHaveSingleItem();

        holder.OwnerId.ShouldBe(held.OwnerId);
        holder.Machine.ShouldBe(Environment.MachineName);
        holder.ProcessId.ShouldBe(Environment.ProcessId);
        holder.FencingToken.ShouldBe(held.FencingToken);
        holder.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task A_keyed_twin_looks_at_its_own_locks()
    {
        await using var services = new ServiceCollection()
            .AddInMemoryLock(options => options.Store = new InMemoryLockStore())
            .AddKeyedInMemoryLock("other", options => options.Store = new InMemoryLockStore())
            .BuildServiceProvider();
        await using var held = await services.GetRequiredKeyedService<IDistributedLock>("other").AcquireAsync("key", cancellationToken: Cancel);

        (await services.GetRequiredService<IDistributedLockInspector>().FindAsync("key", Cancel)).ShouldBeEmpty();
        (await services.GetRequiredKeyedService<IDistributedLockInspector>("other").FindAsync("key", Cancel)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Where_the_store_can_not_tell_to_resolve_it_says_why_and_who_can()
    {
        var services = new ServiceCollection();
        services.AddDistributedLock<DistributedLockOptions>(
            null, new LockOptionsValidator<DistributedLockOptions>(), null, (_, _) => new ScriptedProvider(new ManualTimeProvider()));
        await using var built = services.BuildServiceProvider();

        var refusal = Should.Throw<NotSupportedException>(() => built.GetRequiredService<IDistributedLockInspector>());

        refusal.Message.ShouldStartWith("The lock's provider 'scripted' can't tell who holds a lock");
        refusal.Message.ShouldContain("These can: in memory, files on Linux, Redis, PostgreSQL, leases on MySQL and MariaDB, etcd.");
    }

    [Theory]
    [InlineData("host:42:abc", "host", 42)]
    [InlineData("a:b:42:abc", "a:b", 42)]
    [InlineData("host:x:abc", null, null)]
    [InlineData("abc", null, null)]
    [InlineData(":42:abc", null, null)]
    [InlineData("", null, null)]
    public void An_owner_id_names_machine_and_process_where_it_is_of_our_making(string ownerId, string? machine, int? process)
    {
        var holder = LockHolders.Of("key", LockHolderKind.Lock, ownerId);

        holder.Machine.ShouldBe(machine);
        holder.ProcessId.ShouldBe(process);
        holder.OwnerId.ShouldBe(ownerId);
    }
}
