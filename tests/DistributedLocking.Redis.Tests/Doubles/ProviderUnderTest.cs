using System.Security.Cryptography;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Calls;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Doubles;

/// <summary>A provider with a connection and a key prefix of its own.</summary>
internal sealed class ProviderUnderTest : IAsyncDisposable
{
    internal static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly RedisLockOptions _options;

    private ProviderUnderTest(RedisLockOptions options, TimeProvider time, IConnectionMultiplexer? given, bool inBatches)
    {
        _options = options;
        Connection = new RedisConnection(options, given, time, Log);
        Provider = new RedisLockProvider(options, Connection, time, inBatches ? 0 : CallBatcher.MaxUnbatched);
        Names = new LockNames(options.KeyPrefix);
    }

    internal RecordingLogger Log { get; } = new();

    internal RedisConnection Connection { get; }

    internal RedisLockProvider Provider { get; }

    internal LockNames Names { get; }

    internal string KeyPrefix => _options.KeyPrefix;

    /// <summary>Makes one.</summary>
    /// <param name="server">Where its locks are.</param>
    /// <param name="configure">Sets its options.</param>
    /// <param name="time">The clock of its time-outs.</param>
    /// <param name="given">The connection to use instead of one of its own.</param>
    /// <param name="inBatches">Whether all that can be is sent in batches, as when there are many callers.</param>
    internal static ProviderUnderTest On(
        RedisServer server, Action<RedisLockOptions>? configure = null, TimeProvider? time = null, IConnectionMultiplexer? given = null, bool inBatches = false)
    {
        var options = new RedisLockOptions
        {
            Configuration = given is null ? server.Address : null,
            KeyPrefix = $"test-{RandomNumberGenerator.GetHexString(12)}:",
        };
        configure?.Invoke(options);
        return new ProviderUnderTest(options, time ?? TimeProvider.System, given, inBatches);
    }

    /// <summary>Makes another one for the same locks, as a second process has it.</summary>
    internal ProviderUnderTest Sibling(RedisServer server, IConnectionMultiplexer? given = null, bool inBatches = false) =>
        On(server, options => options.KeyPrefix = KeyPrefix, given: given, inBatches: inBatches);

    internal static AcquireRequest Request(string key, string owner, TimeSpan? timeToLive = null) =>
        new() { Key = key, OwnerId = owner, TimeToLive = timeToLive ?? Minute };

    internal ValueTask<AcquireReply> AcquireAsync(string key, string owner, TimeSpan? timeToLive = null, int tokens = 1) =>
        Provider.TryAcquireAsync(Request(key, owner, timeToLive) with { Tokens = tokens }, TestContext.Current.CancellationToken);

    /// <summary>Tries to acquire, and takes a place in the queue otherwise.</summary>
    internal ValueTask<AcquireReply> AskAsync(string key, string owner, int tokens = 1) => Provider.TryAcquireAsync(
        Request(key, owner) with { StoreWait = Timeout.InfiniteTimeSpan, Tokens = tokens }, TestContext.Current.CancellationToken);

    /// <summary>Takes a place in the queue of a lock that is held.</summary>
    internal async Task<IKeyWatch> QueueAsync(string key, string owner)
    {
        (await AskAsync(key, owner)).IsGranted.ShouldBeFalse();
        return (await Provider.WatchAsync(Request(key, owner), TestContext.Current.CancellationToken)).ShouldNotBeNull();
    }

    internal ValueTask LeaveAsync(string key, string owner) =>
        Provider.LeaveAsync(new LeaseReference(key, owner), TestContext.Current.CancellationToken);

    internal ValueTask<bool> ReleaseAsync(string key, string owner) =>
        Provider.ReleaseAsync(new LeaseReference(key, owner), TestContext.Current.CancellationToken);

    internal async ValueTask<RenewalReply> RenewAsync(string key, string owner, TimeSpan? timeToLive = null) =>
        (await Provider.RenewAsync([new RenewalRequest(new LeaseReference(key, owner), timeToLive ?? Minute)], TestContext.Current.CancellationToken))[0];

    internal string LockName(string key) => System.Text.Encoding.UTF8.GetString(Names.Lock(key));

    internal string QueueName(string key) => System.Text.Encoding.UTF8.GetString(Names.For(key).Queue);

    internal string FenceName(string key) => System.Text.Encoding.UTF8.GetString(Names.For(key).Fence);

    public ValueTask DisposeAsync() => Provider.DisposeAsync();
}
