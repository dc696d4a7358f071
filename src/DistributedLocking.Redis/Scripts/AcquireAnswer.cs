using System.Globalization;
using System.Runtime.InteropServices;
using DistributedLocking.Providers;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Scripts;

/// <summary>What <c>acquire.lua</c> answers.</summary>
/// <param name="Place">The number of the owner's place in the queue; null when it has none (any more).</param>
/// <param name="Reply">
/// The first fencing token of a grant; 0 for a lock that is held for ever; below that, how long it is held at most.
/// </param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AcquireAnswer(long? Place, long Reply)
{
    /// <summary>Whether the owner holds the lock now.</summary>
    internal bool IsGrant => Place is null && Reply > 0;

    internal static AcquireAnswer Read(RedisResult result)
    {
        var answer = (RedisValue)result;
        return !answer.IsInteger && ((string)answer!).Split(' ') is [var place, var reply]
            ? new AcquireAnswer(long.Parse(place, CultureInfo.InvariantCulture), long.Parse(reply, CultureInfo.InvariantCulture))
            : new AcquireAnswer(null, (long)answer);
    }

    /// <summary>What the engine is told of one that is no grant.</summary>
    internal AcquireReply ToNotGranted() =>
        Reply == 0 ? AcquireReply.NotGranted() : AcquireReply.NotGranted(TimeSpan.FromMilliseconds(-1 - Reply));
}
