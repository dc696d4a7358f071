using StackExchange.Redis;

namespace DistributedLocking.Redis.Scripts;

/// <summary>
/// Lets the commands of one attempt out to one server until it is closed. A connection keeps the order of its commands,
/// so what is sent after the closing, such as a release, comes after all of them in the server too.
/// </summary>
internal sealed class SendGate
{
    private readonly object _lock = new();
    private bool _isClosed;

    /// <summary>Whether a command may have reached the server.</summary>
    internal bool WasUsed { get; private set; }

    /// <summary>Sends a script; cancelled where the gate is closed.</summary>
    internal Task<RedisResult> SendAsync(RedisScript script, IDatabaseAsync database, RedisKey[] keys, RedisValue[] values, bool byHash)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return Task.FromException<RedisResult>(new OperationCanceledException("The attempt has been decided."));
            }

            WasUsed = true;
            return script.SendAsync(database, keys, values, byHash);
        }
    }

    internal void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
        }
    }
}
