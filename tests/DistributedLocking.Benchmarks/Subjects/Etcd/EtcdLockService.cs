using Google.Protobuf;

namespace DistributedLocking.Benchmarks.Subjects.Etcd;

/// <summary>etcd's own lock service, as a peer: all locks on one lease, which is the cheapest way to use it.</summary>
internal static class EtcdLockService
{
    internal const string Name = "etcd's v3lock";

    internal static async Task<PeerLock> ConnectAsync(string endpoint)
    {
        var channel = await EtcdChannel.OpenAsync(endpoint);
        return new PeerLock(Name, key => AcquireAsync(channel, key), () =>
        {
            channel.Dispose();
            return ValueTask.CompletedTask;
        });
    }

    private static async Task<IAsyncDisposable> AcquireAsync(EtcdChannel channel, string key)
    {
        var held = await channel.Locks.LockAsync(new LockRequest { Name = ByteString.CopyFromUtf8(key), Lease = channel.Lease });
        return new Held(channel, held.Key);
    }

    private sealed class Held(EtcdChannel channel, ByteString key) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await channel.Locks.UnlockAsync(new UnlockRequest { Key = key });
    }
}
