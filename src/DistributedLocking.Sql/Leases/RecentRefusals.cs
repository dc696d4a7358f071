namespace DistributedLocking.Sql.Leases;

/// <summary>
/// Remembers for a short while which leases were refused to this process: it looks at them first from then on, rather
/// than writing to a row that somebody else holds. Keys that share a place cost each other a slower statement and
/// nothing else.
/// </summary>
internal sealed class RecentRefusals(TimeProvider time)
{
    /// <summary>Longer than the pause between two looks of a waiter.</summary>
    internal static readonly TimeSpan Lasting = TimeSpan.FromSeconds(5);

    private readonly long[] _refusedAt = new long[1024];

    internal void Note(string key) => Volatile.Write(ref Place(key), Math.Max(1, time.GetTimestamp()));

    internal bool IsRecent(string key) => Volatile.Read(ref Place(key)) is > 0 and var at && time.GetElapsedTime(at) < Lasting;

    private ref long Place(string key) => ref _refusedAt[(uint)key.GetHashCode(StringComparison.Ordinal) % _refusedAt.Length];
}
