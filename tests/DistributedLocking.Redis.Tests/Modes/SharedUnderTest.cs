using System.Text;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Modes;

/// <summary>The reader-writer locks or semaphores of a provider.</summary>
internal sealed class SharedUnderTest(ProviderUnderTest locks, LockMode mode)
{
    internal const int Reader = int.MaxValue;
    internal const int Writer = 1;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal ValueTask<AcquireReply> AcquireAsync(string owner, int limit, TimeSpan? timeToLive = null) =>
        locks.Provider.TryAcquireAsync(Request(owner, limit, timeToLive), Cancellation);

    /// <summary>Tries to acquire, and takes or keeps a place in the queue otherwise.</summary>
    internal ValueTask<AcquireReply> AskAsync(string owner, int limit) =>
        locks.Provider.TryAcquireAsync(Request(owner, limit) with { StoreWait = Timeout.InfiniteTimeSpan }, Cancellation);

    /// <summary>Takes a place in the queue of a lock that can't be had now.</summary>
    internal async Task<IKeyWatch> QueueAsync(string owner, int limit)
    {
        (await AskAsync(owner, limit)).IsGranted.ShouldBeFalse();
        return (await locks.Provider.WatchAsync(Request(owner, limit), Cancellation)).ShouldNotBeNull();
    }

    internal async Task<RenewalOutcome> RenewAsync(string owner, TimeSpan? timeToLive = null) =>
        (await locks.Provider.RenewAsync([new RenewalRequest(Lease(owner), timeToLive ?? ProviderUnderTest.Minute)], Cancellation))[0].Outcome;

    internal ValueTask<bool> ReleaseAsync(string owner) => locks.Provider.ReleaseAsync(Lease(owner), Cancellation);

    internal ValueTask LeaveAsync(string owner) => locks.Provider.LeaveAsync(Lease(owner), Cancellation);

    internal string HoldersName => Encoding.UTF8.GetString(locks.Names.For("orders", mode).Lock);

    internal string QueueName => Encoding.UTF8.GetString(locks.Names.For("orders", mode).Queue);

    /// <summary>All names that begin with the provider's prefix.</summary>
    internal async Task<string[]> NamesAsync(RedisWire wire) =>
        (await wire.SendAsync("KEYS", locks.KeyPrefix + "*"))!.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static AcquireRequest Base(string owner, int limit, TimeSpan? timeToLive) =>
        ProviderUnderTest.Request("orders", owner, timeToLive) with { Limit = limit };

    private AcquireRequest Request(string owner, int limit, TimeSpan? timeToLive = null) => Base(owner, limit, timeToLive) with { Mode = mode };

    private LeaseReference Lease(string owner) => new("orders", owner) { Mode = mode };
}
