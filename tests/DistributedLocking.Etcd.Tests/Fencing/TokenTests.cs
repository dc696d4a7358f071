using System.Text.Json.Nodes;
using DistributedLocking.Etcd.Tests.Doubles;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Etcd.Tests.Fencing;

public sealed class TokenTests(SharedEtcd etcd)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_near_the_clock_in_microseconds()
    {
        await using var locks = Lock(SharedEtcd.Options(etcd.Server.Endpoint));
        await using var handle = await locks.AcquireAsync("key", cancellationToken: Cancel);

        var now = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var hour = (long)TimeSpan.FromHours(1).TotalMicroseconds;
        handle.FencingToken.ShouldBeInRange(now - hour, now + hour);
    }

    [Fact]
    public async Task Tokens_rise_over_all_keys_and_processes()
    {
        var options = SharedEtcd.Options(etcd.Server.Endpoint);
        await using var one = Lock(options);
        await using var two = Lock(options);
        var last = 0L;
        for (var i = 0; i < 20; i++)
        {
            await using var handle = await (i % 2 == 0 ? one : two).AcquireAsync($"key-{i % 3}", cancellationToken: Cancel);
            handle.FencingToken.ShouldBeGreaterThan(last);
            last = handle.FencingToken;
        }
    }

    [Fact]
    public async Task They_rise_when_an_old_copy_of_the_data_comes_back()
    {
        await using var server = await EtcdServer.StartAsync();
        var options = SharedEtcd.Options(server.Endpoint);
        await using var locks = Lock(options);
        await (await locks.AcquireAsync("key", cancellationToken: Cancel)).DisposeAsync();
        await server.StopAsync();
        var copy = server.DataDirectory + ".copy";
        CopyDirectory(server.DataDirectory, copy);
        await server.RestartAsync();
        for (var i = 0; i < 30; i++)
        {
            await server.CallAsync("/v3/kv/put", new JsonObject { ["key"] = EtcdExtensions.Base64("other"), ["value"] = "" });
        }

        var before = await AcquireAndReleaseAsync(locks);
        await server.StopAsync();
        Directory.Delete(server.DataDirectory, recursive: true);
        Directory.Move(copy, server.DataDirectory);
        await server.RestartAsync();

        (await server.RevisionAsync()).ShouldBeLessThan(30, "the revisions fell");
        (await AcquireAndReleaseAsync(locks)).ShouldBeGreaterThan(before);
        await using var another = Lock(options);
        (await AcquireAndReleaseAsync(another)).ShouldBeGreaterThan(before);
    }

    private static async Task<long> AcquireAndReleaseAsync(DistributedLock locks)
    {
        // The connection has to be made again.
        var patient = new AcquireOptions { WaitTimeout = TimeSpan.FromSeconds(60), TimeToLive = TimeSpan.FromSeconds(5) };
        await using var handle = await locks.AcquireAsync("key", patient, Cancel);
        return handle.FencingToken;
    }

    private static DistributedLock Lock(EtcdLockOptions options) => new(new EtcdLockProvider(options), options);

    private static void CopyDirectory(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
