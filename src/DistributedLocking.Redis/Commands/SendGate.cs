using StackExchange.Redis;

namespace DistributedLocking.Redis.Commands;

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

    /// <exception cref="OperationCanceledException">The gate is closed; nothing was sent.</exception>
    internal Task<RedisResult> SendAsync(RedisScript script, IDatabaseAsync database, RedisKey[] keys, RedisValue[] values, bool byHash)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                throw new OperationCanceledException("The attempt has been decided.");
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
