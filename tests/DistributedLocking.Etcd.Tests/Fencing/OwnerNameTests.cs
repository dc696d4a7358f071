using System.Text.Json.Nodes;
using DistributedLocking.Etcd.Tests.Doubles;

namespace DistributedLocking.Etcd.Tests.Fencing;

public sealed class OwnerNameTests(SharedEtcd etcd)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_transaction_of_the_users_own_writes_only_while_the_lock_is_held()
    {
        var options = SharedEtcd.Options(etcd.Server.Endpoint);
        await using var locks = new DistributedLock(new EtcdLockProvider(options), options);
        var handle = await locks.AcquireAsync("key", cancellationToken: Cancel);
        var name = EtcdFencing.OwnerName(handle, options.KeyPrefix);

        (await WriteAsync(name)).ShouldBeTrue();
        await handle.ReleaseAsync(Cancel);
        await using var next = await locks.AcquireAsync("key", cancellationToken: Cancel);

        (await WriteAsync(name)).ShouldBeFalse("another holds it");
        (await WriteAsync(EtcdFencing.OwnerName(next, options.KeyPrefix))).ShouldBeTrue();
    }

    private async Task<bool> WriteAsync(byte[] owner)
    {
        var answer = await etcd.Server.CallAsync("/v3/kv/txn", new JsonObject
        {
            ["compare"] = new JsonArray(new JsonObject { ["target"] = "CREATE", ["result"] = "NOT_EQUAL", ["key"] = Convert.ToBase64String(owner), ["create_revision"] = "0" }),
            ["success"] = new JsonArray(new JsonObject { ["request_put"] = new JsonObject { ["key"] = EtcdExtensions.Base64("stock"), ["value"] = "" } }),
        });
        return answer.TryGetProperty("succeeded", out var succeeded) && succeeded.GetBoolean();
    }
}
