using DistributedLocking.Redis.Scripts;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Calls;

/// <summary>
/// A call of <see cref="RedisScript.Acquire"/> or <see cref="RedisScript.Release"/> that waits to be sent with others.
/// Its answer is null when it has to be made by itself.
/// </summary>
/// <param name="isGrant">Which of the two it is.</param>
/// <param name="keys">The script's keys: the lock, its bucket's mark, and its queue.</param>
/// <param name="values">The script's arguments.</param>
/// <param name="cancellationToken">Says that the call has been given up.</param>
internal sealed class BatchedCall(bool isGrant, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken)
    : PendingCall<RedisResult?>(keys, values, cancellationToken)
{
    internal bool IsGrant => isGrant;

    /// <summary>
    /// Whether <c>batch.lua</c> can do what a script is asked for: not for an owner that has a place in the queue
    /// already, since its grant has to take it out, nor for one that gives its place up.
    /// </summary>
    internal static bool Suits(RedisScript script, RedisValue[] values) =>
        script == RedisScript.Acquire ? values.Length < 6 : script == RedisScript.Release && values.Length == 1;
}
