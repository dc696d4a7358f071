using System.Net;
using System.Reflection;
using DistributedLocking.Redis.Connections;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Doubles;

/// <summary>A client whose scripts the test answers, each when it likes.</summary>
public class ScriptedClient : DispatchProxy
{
    private readonly List<SentScript> _sent = [];

    /// <summary>The scripts that were sent.</summary>
    internal IReadOnlyList<SentScript> Sent => _sent;

    /// <summary>What happens while a script is sent.</summary>
    internal Action<SentScript>? Sending { get; set; }

    internal bool IsConnected { get; set; } = true;

    internal static ScriptedClient Open(out RedisSession session)
    {
        var database = Create<IDatabase, ScriptedClient>();
        session = new RedisSession(Create<IConnectionMultiplexer, ScriptedClient>(), database);
        return (ScriptedClient)(object)database;
    }

    /// <summary>
    /// An error that the server answered. Not by its constructor, which 3.x calls obsolete while 2.x has no other.
    /// </summary>
    internal static RedisServerException ServerError(string reply) =>
        (RedisServerException)Activator.CreateInstance(typeof(RedisServerException), reply)!;

    /// <summary>The client's failure of a connection. Made the same way.</summary>
    internal static RedisConnectionException ConnectionError(ConnectionFailureType type, string message) =>
        (RedisConnectionException)Activator.CreateInstance(typeof(RedisConnectionException), type, message)!;

    /// <summary>The server's answer to the hash of a script that it does not have.</summary>
    internal static RedisServerException UnknownScript() => ServerError("NOSCRIPT No matching script.");

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        switch (targetMethod!.Name)
        {
            case nameof(IDatabase.IsConnected):
                return IsConnected;
            case nameof(IConnectionMultiplexer.GetEndPoints):
                return Array.Empty<EndPoint>();
        }

        targetMethod.Name.ShouldBe(nameof(IDatabase.ScriptEvaluateAsync));
        var script = new SentScript(args![0] is byte[], (RedisKey[])args[1]!);
        _sent.Add(script);
        Sending?.Invoke(script);
        return script.Answer.Task;
    }

    /// <param name="IsByHash">Whether it was named by its hash, or else sent as text.</param>
    /// <param name="Keys">Its keys.</param>
    internal sealed record SentScript(bool IsByHash, RedisKey[] Keys)
    {
        internal TaskCompletionSource<RedisResult> Answer { get; } = new();
    }
}
