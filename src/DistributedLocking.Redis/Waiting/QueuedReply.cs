using System.Globalization;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Waiting;

/// <summary>What <c>acquire.lua</c> answers to an owner that is in the queue.</summary>
/// <param name="Place">The number of its place.</param>
/// <param name="Reply">What it would answer to one that is not.</param>
internal sealed record QueuedReply(long Place, long Reply)
{
    /// <summary>Reads an answer; null when it is another, which is a number.</summary>
    internal static QueuedReply? Parse(RedisValue answer) =>
        !answer.IsInteger && ((string)answer!).Split(' ') is [var place, var reply]
            ? new QueuedReply(long.Parse(place, CultureInfo.InvariantCulture), long.Parse(reply, CultureInfo.InvariantCulture))
            : null;
}
