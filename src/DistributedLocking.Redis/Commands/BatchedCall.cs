using StackExchange.Redis;

namespace DistributedLocking.Redis.Commands;

/// <summary>A call of <see cref="RedisScript.Acquire"/> or <see cref="RedisScript.Release"/> that waits to be sent with others.</summary>
/// <param name="Reply">What is told the answer, or null when the call has to be made by itself.</param>
/// <param name="IsGrant">Which of the two it is.</param>
/// <param name="Keys">The script's keys: the lock, its bucket's mark, and its queue.</param>
/// <param name="Values">The script's arguments.</param>
internal readonly record struct BatchedCall(PendingReply Reply, bool IsGrant, RedisKey[] Keys, RedisValue[] Values)
{
    /// <summary>
    /// Whether <c>batch.lua</c> can do what a script is asked for: not for an owner that has a place in the queue already, since its grant has to take it out,
    /// nor for one that gives its place up.
    /// </summary>
    internal static bool Suits(RedisScript script, RedisValue[] values) =>
        script == RedisScript.Acquire ? values.Length < 6 : script == RedisScript.Release && values.Length == 1;
}
