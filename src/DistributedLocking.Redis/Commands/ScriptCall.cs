using DistributedLocking.Redis.Connections;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Commands;

/// <summary>A call of a script by itself.</summary>
/// <param name="Session">The connection.</param>
/// <param name="Script">The script.</param>
/// <param name="Keys">Its keys.</param>
/// <param name="Values">Its arguments.</param>
/// <param name="Gate">What its commands have to pass, if anything.</param>
internal readonly record struct ScriptCall(RedisSession Session, RedisScript Script, RedisKey[] Keys, RedisValue[] Values, SendGate? Gate)
{
    /// <summary>Sends it. What the client throws at once is in the task too.</summary>
    internal Task<RedisResult> SendAsync(bool byHash)
    {
        try
        {
            return Gate is null ? Script.SendAsync(Session.Database, Keys, Values, byHash) : Gate.SendAsync(Script, Session.Database, Keys, Values, byHash);
        }
        catch (Exception e)
        {
            return Task.FromException<RedisResult>(e);
        }
    }
}
