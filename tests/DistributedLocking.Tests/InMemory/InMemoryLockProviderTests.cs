using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using DistributedLocking.Testing;

namespace DistributedLocking.Tests.InMemory;

public sealed class InMemoryLockProviderTests
{
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Prefixes_keep_locks_of_one_store_apart()
    {
        var store = new InMemoryLockStore(_time);
        var a = new InMemoryLockProvider(store, new DistributedLockOptions { KeyPrefix = "a:" });
        var b = new InMemoryLockProvider(store, new DistributedLockOptions { KeyPrefix = "b:" });

        (await a.TryAcquireAsync(Request("key", "1"), Cancel)).IsGranted.ShouldBeTrue();
        (await b.TryAcquireAsync(Request("key", "2"), Cancel)).IsGranted.ShouldBeTrue();
        (await a.TryAcquireAsync(Request("key", "3"), Cancel)).IsGranted.ShouldBeFalse();
        var none = new InMemoryLockProvider(store, new DistributedLockOptions { KeyPrefix = "" });
        (await none.TryAcquireAsync(Request("a:key", "4"), Cancel)).IsGranted.ShouldBeTrue("it only reads like the first one");
    }

    [Fact]
    public async Task A_lease_that_ended_is_neither_renewed_nor_released()
    {
        var provider = new InMemoryLockProvider(new InMemoryLockStore(_time), new DistributedLockOptions());
        await provider.TryAcquireAsync(Request("key", "1"), Cancel);
        _time.Advance(TimeSpan.FromMinutes(1));
        var lease = new LeaseReference("key", "1");

        (await provider.RenewAsync([new RenewalRequest(lease, TimeSpan.FromMinutes(1))], Cancel)).Single().Outcome.ShouldBe(RenewalOutcome.Lost);
        (await provider.ReleaseAsync(lease, Cancel)).ShouldBeFalse();
        (await provider.TryAcquireAsync(Request("key", "2"), Cancel)).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_refusal_tells_when_the_holders_lease_ends()
    {
        var provider = new InMemoryLockProvider(new InMemoryLockStore(_time), new DistributedLockOptions());
        await provider.TryAcquireAsync(Request("key", "1"), Cancel);
        _time.Advance(TimeSpan.FromSeconds(20));

        (await provider.TryAcquireAsync(Request("key", "2"), Cancel)).HolderExpiresIn.ShouldBe(TimeSpan.FromSeconds(40));
    }

    [Fact]
    public async Task A_watch_remembers_a_release_and_many_as_one()
    {
        var provider = new InMemoryLockProvider(new InMemoryLockStore(_time), new DistributedLockOptions());
        await using var watch = (await provider.WatchAsync(Request("key", "2"), Cancel))!;
        for (var i = 0; i < 3; i++)
        {
            await provider.TryAcquireAsync(Request("key", "1"), Cancel);
            await provider.ReleaseAsync(new LeaseReference("key", "1"), Cancel);
        }

        (await watch.WaitAsync(Cancel)).ShouldBe(WakeUp.Changed);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Should.ThrowAsync<OperationCanceledException>(async () => await watch.WaitAsync(soon.Token));
    }

    private static AcquireRequest Request(string key, string owner) => new() { Key = key, OwnerId = owner, TimeToLive = TimeSpan.FromMinutes(1) };
}
