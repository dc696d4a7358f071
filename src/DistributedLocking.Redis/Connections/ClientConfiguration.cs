using StackExchange.Redis;

namespace DistributedLocking.Redis.Connections;

/// <summary>What matters to us of how the client was configured.</summary>
internal static class ClientConfiguration
{
    /// <summary>
    /// Why the client has no publish/subscribe: as its <c>proxy=</c> says, it talks to a proxy. Null where there is
    /// none.
    /// </summary>
    internal static string? FindProxy(IConnectionMultiplexer multiplexer)
    {
        try
        {
            multiplexer.GetSubscriber();
            return null;
        }
        catch (NotSupportedException e)
        {
            return e.Message;
        }
    }

    /// <summary>
    /// What the client puts before the channels that it subscribes to. What a script publishes it does not see.
    /// </summary>
    /// <param name="multiplexer">The connection.</param>
    /// <param name="known">Its configuration, if it is of our making.</param>
    internal static byte[] ChannelPrefix(IConnectionMultiplexer multiplexer, ConfigurationOptions? known)
    {
        try
        {
            var configuration = known ?? ConfigurationOptions.Parse(multiplexer.Configuration, ignoreUnknown: true);
            return (byte[]?)configuration.ChannelPrefix ?? [];
        }
        catch (ArgumentException)
        {
            // A stand-in for a multiplexer, or a password with a comma, does not describe itself in a way that can be
            // read back.
            return [];
        }
    }
}
