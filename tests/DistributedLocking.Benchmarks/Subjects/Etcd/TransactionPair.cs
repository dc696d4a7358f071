using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Etcd.Keys;
using DistributedLocking.Etcd.Protocol;
using DistributedLocking.Providers;
using Google.Protobuf;

namespace DistributedLocking.Benchmarks.Subjects.Etcd;

/// <summary>
/// Two transactions, bare on the stubs: a name is put where there is none, and deleted. With the work of the lock's, it
/// also reads what tokens are counted from, compares a name of the process, and has a branch for a place in the queue.
/// </summary>
internal sealed class TransactionPair(EtcdChannel channel, bool withEqualWork) : ILockSubject
{
    private readonly LockNames _names = new(withEqualWork ? "same:" : "raw:");
    private readonly ByteString _owner = ByteString.CopyFromUtf8(Subject.OwnerId);

    public string Name => withEqualWork ? "equal-work pair" : "raw pair";

    public async Task RunAsync(CallerLoop loop)
    {
        var request = new AcquireRequest { Key = loop.Key, OwnerId = Subject.OwnerId, TimeToLive = Subject.TimeToLive };
        var name = _names.Owner(request);
        var all = _names.All(loop.Key, LockMode.Exclusive);
        while (loop.Next())
        {
            var acquired = await channel.Keys.TxnAsync(withEqualWork ? Acquire(name, all) : Take(name, all));
            var isMine = withEqualWork ? acquired.Succeeded && acquired.Responses[1].ResponseTxn.Succeeded : acquired.Succeeded;
            if (!isMine)
            {
                throw Subject.NotAcquired();
            }

            var released = await channel.Keys.TxnAsync(new TxnRequest { Success = { Operations.Delete(name) } });
            if (released.Responses[0].ResponseDeleteRange.Deleted != 1)
            {
                throw Subject.NotReleased();
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private TxnRequest Take(ByteString name, NameRange all) => new()
    {
        Compare = { Operations.IsEmpty(all) },
        Success = { Operations.Put(name, _owner, channel.Lease) },
    };

    private TxnRequest Acquire(ByteString name, NameRange all)
    {
        var take = Take(name, all);
        take.Failure.Add(Operations.If(new TxnRequest
        {
            Compare = { Operations.IsCreated(name, 0) },
            Success = { Operations.GetLast(all, limit: 1), Operations.Put(name, _owner, channel.Lease) },
        }));
        return new TxnRequest
        {
            Compare = { Operations.IsWritten(_names.Epoch, 0) },
            Success = { Operations.Get(_names.TokenBase, keyOnly: false), Operations.If(take) },
        };
    }
}
