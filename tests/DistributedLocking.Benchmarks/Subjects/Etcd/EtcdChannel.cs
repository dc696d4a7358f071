using DistributedLocking.Etcd.Protocol;
using Grpc.Net.Client;

namespace DistributedLocking.Benchmarks.Subjects.Etcd;

/// <summary>A channel of its own, with a lease that outlives the measurement.</summary>
internal sealed class EtcdChannel : IDisposable
{
    private static readonly TimeSpan LongLease = TimeSpan.FromHours(1);

    private readonly GrpcChannel _channel;

    private EtcdChannel(GrpcChannel channel, long lease)
    {
        _channel = channel;
        Lease = lease;
        Keys = new KV.KVClient(channel);
        Locks = new Lock.LockClient(channel);
    }

    internal long Lease { get; }

    internal KV.KVClient Keys { get; }

    internal Lock.LockClient Locks { get; }

    internal static async Task<EtcdChannel> OpenAsync(string endpoint)
    {
        var channel = GrpcChannel.ForAddress(endpoint);
        var leases = new DistributedLocking.Etcd.Protocol.Lease.LeaseClient(channel);
        var granted = await leases.LeaseGrantAsync(new LeaseGrantRequest { Ttl = (long)LongLease.TotalSeconds });
        return new EtcdChannel(channel, granted.Id);
    }

    public void Dispose() => _channel.Dispose();
}
