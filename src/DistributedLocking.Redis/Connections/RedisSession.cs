using DistributedLocking.Redis.Scripts;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Connections;

/// <summary>A connection that has been made, with what is known of it.</summary>
/// <param name="Multiplexer">The connection.</param>
/// <param name="Database">Where the locks are.</param>
internal sealed record RedisSession(IConnectionMultiplexer Multiplexer, IDatabase Database)
{
    /// <summary>What scripts the server knows and the user may call.</summary>
    internal ScriptSupport Scripts { get; } = new();

    /// <summary>Whether the client can subscribe at all, which it can't through a proxy.</summary>
    internal bool CanSubscribe { get; init; } = true;

    /// <summary>
    /// What the client puts before the channels that it subscribes to; what a script publishes it does not see.
    /// </summary>
    internal byte[] ChannelPrefix { private get; init; } = [];

    /// <summary>A channel that the client subscribes to, as a script has to name it.</summary>
    internal byte[] Published(byte[] channel) => ChannelPrefix.Length == 0 ? channel : [.. ChannelPrefix, .. channel];

    /// <summary>Why the connection is away, as far as that is known.</summary>
    internal ConnectionOutage? Outage { get; init; }

    /// <summary>
    /// A number that changes whenever requests may have taken another way than before; null where there are several
    /// servers to take them to.
    /// </summary>
    internal long? ConnectionNumber => Multiplexer.GetEndPoints() is { Length: 1 } ? Multiplexer.GetCounters()?.Interactive.SocketCount : null;
}
