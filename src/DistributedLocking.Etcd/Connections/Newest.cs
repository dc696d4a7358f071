namespace DistributedLocking.Etcd.Connections;

/// <summary>The newest of what answers tell, which come in any order.</summary>
internal static class Newest
{
    /// <summary>Makes a value at least this.</summary>
    /// <returns>What it is now.</returns>
    internal static long Raise(ref long newest, long value)
    {
        var seen = Volatile.Read(ref newest);
        while (value > seen)
        {
            var found = Interlocked.CompareExchange(ref newest, value, seen);
            seen = found == seen ? value : found;
        }

        return seen;
    }
}
