using System.Security.Cryptography;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Keys;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Doubles;

/// <summary>Three independent servers of a test's own.</summary>
internal sealed class RedisTrio : IAsyncDisposable
{
    private readonly RedisServer[] _servers;
    private readonly HashSet<int> _frozen = [];

    private RedisTrio(RedisServer[] servers) => _servers = servers;

    internal RedisServer this[int index] => _servers[index];

    internal string KeyPrefix { get; } = $"test-{RandomNumberGenerator.GetHexString(12)}:";

    internal IReadOnlyList<string> Addresses => [.. _servers.Select(server => server.Address)];

    internal static async Task<RedisTrio> StartAsync(params string[] arguments) =>
        new(await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RedisServer.StartAsync(arguments))));

    /// <summary>A provider over all three. The bound of a try is long unless that is what the test is about.</summary>
    internal RedisQuorumLockProvider Provider(Action<RedisLockOptions>? configure = null, RecordingLogger? log = null)
    {
        var options = new RedisLockOptions { Servers = Addresses, KeyPrefix = KeyPrefix, ServerTimeout = TimeSpan.FromSeconds(30) };
        configure?.Invoke(options);
        return new RedisQuorumLockProvider(options, log ?? new RecordingLogger(), TimeProvider.System);
    }

    internal void Freeze(params IEnumerable<int> servers)
    {
        foreach (var server in servers)
        {
            _frozen.Add(server);
            _servers[server].Freeze();
        }
    }

    internal void Thaw()
    {
        foreach (var server in _frozen)
        {
            _servers[server].Thaw();
        }

        _frozen.Clear();
    }

    /// <summary>Who holds the key at a server.</summary>
    internal async Task<string?> HolderAsync(int server, string key)
    {
        await using var wire = await _servers[server].ConnectAsync();
        return await wire.SendAsync("GET", LockName(key));
    }

    /// <summary>Waits until the votes that were not needed for the grant have come too.</summary>
    internal Task AllHoldAsync(string key, string owner) => Eventually.BecomesTrueAsync(
        async () => (await Task.WhenAll(Enumerable.Range(0, 3).Select(server => HolderAsync(server, key)))).All(holder => holder == owner), "all had voted");

    /// <summary>Makes another owner hold the key at a server.</summary>
    internal async Task SeizeAsync(int server, string key, string owner, string milliseconds = "60000")
    {
        await using var wire = await _servers[server].ConnectAsync();
        await wire.SendAsync("SET", LockName(key), owner, "PX", milliseconds);
    }

    internal async Task<string?> SendAsync(int server, params string[] command)
    {
        await using var wire = await _servers[server].ConnectAsync();
        return await wire.SendAsync(command);
    }

    internal async Task BecomesFreeAsync(string key)
    {
        foreach (var server in Enumerable.Range(0, 3).Except(_frozen))
        {
            await BecomesFreeAtAsync(server, key);
        }
    }

    internal Task BecomesFreeAtAsync(int server, string key) =>
        Eventually.BecomesTrueAsync(async () => await HolderAsync(server, key) is null, $"server {server} was free");

    internal string LockName(string key) => System.Text.Encoding.UTF8.GetString(new LockNames(KeyPrefix).Lock(key));

    internal string FenceName(string key) => System.Text.Encoding.UTF8.GetString(new LockNames(KeyPrefix).For(key).Fence);

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }
}

internal static class ProviderCalls
{
    internal static ValueTask<AcquireReply> AcquireAsync(this ILockProvider provider, string key, string owner, TimeSpan? timeToLive = null) =>
        provider.TryAcquireAsync(ProviderUnderTest.Request(key, owner, timeToLive), TestContext.Current.CancellationToken);

    internal static ValueTask<bool> ReleaseAsync(this ILockProvider provider, string key, string owner) =>
        provider.ReleaseAsync(new LeaseReference(key, owner), TestContext.Current.CancellationToken);

    internal static async Task<RenewalReply> RenewAsync(this ILockProvider provider, string key, string owner, TimeSpan? timeToLive = null) =>
        (await provider.RenewAsync(
            [new RenewalRequest(new LeaseReference(key, owner), timeToLive ?? ProviderUnderTest.Minute)], TestContext.Current.CancellationToken))[0];

    /// <summary>Connects to all servers, so that what follows starts with connections.</summary>
    internal static async Task WarmUpAsync(this RedisQuorumLockProvider provider)
    {
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                try
                {
                    await provider.AcquireAsync("warm-up", "w");
                    await provider.RenewAsync("warm-up", "w");
                    return await provider.ReleaseAsync("warm-up", "w") && provider.IsConnected;
                }
                catch (DistributedLockUnavailableException)
                {
                    // A busy machine may not connect within a short bound.
                    return false;
                }
            },
            "all servers were connected");
    }
}
