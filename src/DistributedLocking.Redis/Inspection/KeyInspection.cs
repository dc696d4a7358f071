using DistributedLocking.Providers;
using DistributedLocking.Redis.Calls;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Scripts;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Inspection;

/// <summary>Asks who holds a key, and who holds many.</summary>
internal static class KeyInspection
{
    /// <summary>What the script tells of each holder.</summary>
    private const int Columns = 4;

    /// <summary>How many keys are asked for at a time.</summary>
    private const int AtOnce = 100;

    /// <summary>The holders of many keys, each key found by itself.</summary>
    internal static async IAsyncEnumerable<LockHolder> FindAllAsync(IEnumerable<string> keys, Func<string, Task<IReadOnlyList<LockHolder>>> find)
    {
        foreach (var some in keys.Chunk(AtOnce))
        {
            var found = await Task.WhenAll(some.Select(find)).ConfigureAwait(false);
            foreach (var holder in found.SelectMany(holders => holders))
            {
                yield return holder;
            }
        }
    }

    /// <summary>Asks one server.</summary>
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
