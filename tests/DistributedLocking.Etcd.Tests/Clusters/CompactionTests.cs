using System.Globalization;
using System.Text.Json.Nodes;
using DistributedLocking.Etcd.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Etcd.Tests.Clusters;

public sealed class CompactionTests
{
    [Fact]
    public async Task A_waiter_is_served_although_the_history_is_thrown_away_meanwhile()
    {
        await using var server = await EtcdServer.StartAsync();
        var options = SharedEtcd.Options(server.Endpoint);
        await using var one = new DistributedLock(new EtcdLockProvider(options), options);
        await using var two = new DistributedLock(new EtcdLockProvider(options), options);
        var held = await one.AcquireAsync("key", cancellationToken: TestContext.Current.CancellationToken);
        var waiting = two.AcquireAsync("key", new AcquireOptions { WaitTimeout = Timeout.InfiniteTimeSpan }, TestContext.Current.CancellationToken).AsTask();
        await Eventually.BecomesTrueAsync(async () => (await server.FindAsync(options.KeyPrefix)).Count(entry => entry.Name.Contains("key", StringComparison.Ordinal)) == 2, "it stood in the queue");

        var revision = await server.RevisionAsync();
        await server.CallAsync("/v3/kv/compaction", new JsonObject { ["revision"] = revision.ToString(CultureInfo.InvariantCulture), ["physical"] = true });
        await held.DisposeAsync();

        await using var next = await waiting.Within();
        next.IsHeld.ShouldBeTrue();
    }
}
