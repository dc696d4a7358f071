using DistributedLocking.Providers;
using DistributedLocking.Redis.Calls;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Scripts;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Inspection;

/// <summary>Asks one server who holds a key.</summary>
internal static class KeyInspection
{
    /// <summary>What the script tells of each holder.</summary>
    private const int Columns = 4;

    internal static async Task<IReadOnlyList<LockHolder>> FindAsync(
        ScriptRunner scripts, RedisSession session, LockNames names, string key, CancellationToken cancellationToken)
    {
        var (locks, shared, counted) = (names.For(key), names.For(key, LockMode.Shared), names.For(key, LockMode.Counted));
        RedisKey[] keys = [.. locks.All, shared.Lock, shared.Queue, counted.Lock, counted.Queue];
        var answer = (RedisResult[])(await scripts.RunAsync(session, RedisScript.Inspect, keys, [], cancellationToken).ConfigureAwait(false))!;
        return [.. answer.Chunk(Columns).Select(holder => Read(key, holder))];
    }

    private static LockHolder Read(string key, RedisResult[] holder)
    {
        var kind = (string?)holder[0] switch
        {
            "reader" => LockHolderKind.Reader,
            "writer" => LockHolderKind.Writer,
            "permit" => LockHolderKind.Permit,
            _ => LockHolderKind.Lock,
        };
        return LockHolders.Of(key, kind, (string)holder[1]!) with
        {
            TimeLeft = (long)holder[2] is >= 0 and var left ? TimeSpan.FromMilliseconds(left) : null,
            Waiting = (int)holder[3] is >= 0 and var waiting ? waiting : null,
        };
    }
}
