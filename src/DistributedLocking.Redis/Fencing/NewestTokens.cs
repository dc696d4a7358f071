using DistributedLocking.Redis.Keys;

namespace DistributedLocking.Redis.Fencing;

/// <summary>
/// The newest fencing token of each bucket that this process has seen, which tells it of a server that has forgotten
/// newer ones.
/// </summary>
internal sealed class NewestTokens
{
    private readonly long[] _newest = new long[LockNames.Buckets];

    /// <summary>The newest of a bucket; 0 when none was seen.</summary>
    internal long this[int bucket] => Volatile.Read(ref _newest[bucket]);

    /// <summary>Takes the last token of a grant.</summary>
    internal void Note(int bucket, long token)
    {
        ref var newest = ref _newest[bucket];
        for (var seen = Volatile.Read(ref newest); token > seen;)
        {
            var found = Interlocked.CompareExchange(ref newest, token, seen);
            seen = found == seen ? token : found;
        }
    }
}
