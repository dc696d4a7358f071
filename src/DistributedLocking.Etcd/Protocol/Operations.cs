using DistributedLocking.Etcd.Keys;
using Google.Protobuf;

namespace DistributedLocking.Etcd.Protocol;

/// <summary>The parts of transactions, by short names.</summary>
internal static class Operations
{
    /// <summary>Whether a name was created at a revision; 0 when it does not exist.</summary>
    internal static Compare IsCreated(ByteString name, long revision) =>
        new() { Target = Compare.Types.CompareTarget.Create, Key = name, CreateRevision = revision };

    /// <summary>Whether a name was last written at a revision; 0 when it does not exist.</summary>
    internal static Compare IsWritten(ByteString name, long revision) =>
        new() { Target = Compare.Types.CompareTarget.Mod, Key = name, ModRevision = revision };

    /// <summary>Whether a name exists.</summary>
    internal static Compare Exists(ByteString name) =>
        new() { Target = Compare.Types.CompareTarget.Create, Result = Compare.Types.CompareResult.Greater, Key = name, CreateRevision = 0 };

    /// <summary>Whether there is nothing in a range.</summary>
    internal static Compare IsEmpty(NameRange range) =>
        new() { Target = Compare.Types.CompareTarget.Create, Key = range.First, RangeEnd = range.End, CreateRevision = 0 };

    /// <summary>Whether nothing in a range was created before a revision.</summary>
    internal static Compare HasNoneBefore(NameRange range, long revision) => new()
    {
        Target = Compare.Types.CompareTarget.Create, Result = Compare.Types.CompareResult.Greater, Key = range.First, RangeEnd = range.End, CreateRevision = revision - 1,
    };

    internal static RequestOp Put(ByteString name, ByteString value, long lease = 0) =>
        new() { RequestPut = new PutRequest { Key = name, Value = value, Lease = lease } };

    /// <summary>Puts what there is on another lease. It keeps its value, and the revision at which it was created.</summary>
    internal static RequestOp Move(ByteString name, long lease) =>
        new() { RequestPut = new PutRequest { Key = name, IgnoreValue = true, Lease = lease } };

    internal static RequestOp Get(ByteString name, bool keyOnly = true) => new() { RequestRange = new RangeRequest { Key = name, KeysOnly = keyOnly } };

    /// <summary>The last that were created in a range, up to a revision (0 for all), the newest first.</summary>
    internal static RequestOp GetLast(NameRange range, long limit, long revision = 0) => new()
    {
        RequestRange = new RangeRequest
        {
            Key = range.First, RangeEnd = range.End, MaxCreateRevision = revision, Limit = limit, KeysOnly = true,
            SortOrder = RangeRequest.Types.SortOrder.Descend, SortTarget = RangeRequest.Types.SortTarget.Create,
        },
    };

    /// <summary>The first that were created in a range, the oldest first.</summary>
    internal static RequestOp GetFirst(NameRange range, long limit) => new()
    {
        RequestRange = new RangeRequest
        {
            Key = range.First, RangeEnd = range.End, Limit = limit, KeysOnly = true,
            SortOrder = RangeRequest.Types.SortOrder.Ascend, SortTarget = RangeRequest.Types.SortTarget.Create,
        },
    };

    /// <summary>All of a range with their values, by their names.</summary>
    internal static RequestOp GetAll(NameRange range, long limit) =>
        new() { RequestRange = new RangeRequest { Key = range.First, RangeEnd = range.End, Limit = limit } };

    internal static RequestOp Delete(ByteString name) => new() { RequestDeleteRange = new DeleteRangeRequest { Key = name } };

    internal static RequestOp If(TxnRequest inner) => new() { RequestTxn = inner };
}
