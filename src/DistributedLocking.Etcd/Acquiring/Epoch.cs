using DistributedLocking.Etcd.Connections;
using DistributedLocking.Etcd.Keys;
using DistributedLocking.Etcd.Leases;
using DistributedLocking.Etcd.Protocol;
using Google.Protobuf;

namespace DistributedLocking.Etcd.Acquiring;

/// <summary>
/// A name of the process's own, whose revision each first attempt compares: once it has been put anew, an attempt that
/// was sent before comes to nothing, however late it arrives.
/// </summary>
internal sealed class Epoch(EtcdConnection connection, LockNames names, SharedLeases leases) : IDisposable
{
    /// <summary>How long it stays after the process has gone.</summary>
    private static readonly TimeSpan TimeToLive = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turn = new(1);
    private long _revision;

    /// <summary>The revision to compare; 0 before the first attempt.</summary>
    internal long Revision => Volatile.Read(ref _revision);

    /// <summary>Returns a revision other than one that was refused, putting the name if need be.</summary>
    internal async ValueTask<long> GetAsync(long refused, CancellationToken cancellationToken)
    {
        if (Revision is var known && known > refused)
        {
            return known;
        }

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Revision <= refused)
            {
                var lease = await leases.GetAliveAsync(TimeToLive, cancellationToken).ConfigureAwait(false);

                var put = new TxnRequest { Success = { Operations.Put(names.Epoch, ByteString.Empty, lease.Id) } };
                Note((await connection.RunAsync(put, cancellationToken).ConfigureAwait(false)).Header.Revision);
            }

            return Revision;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>It has been put anew.</summary>
    internal void Note(long revision) => Newest.Raise(ref _revision, revision);

    public void Dispose() => _turn.Dispose();
}
