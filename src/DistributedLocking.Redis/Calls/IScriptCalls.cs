using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Scripts;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Calls;

/// <summary>How calls of one lock's scripts reach the server.</summary>
internal interface IScriptCalls
{
    /// <summary>Runs a script that acquires or releases one lock.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="script">The script.</param>
    /// <param name="keys">The script's keys.</param>
    /// <param name="values">Its arguments.</param>
    /// <param name="cancellationToken">
    /// Ends the wait for the answer. A call that has not been sent yet then never is, and the exception says so.
    /// </param>
    /// <exception cref="DistributedLockUnavailableException">
    /// Redis failed, refused or did not answer in time.
    /// </exception>
    ValueTask<RedisResult> RunAsync(
        RedisSession session, RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken);
}
