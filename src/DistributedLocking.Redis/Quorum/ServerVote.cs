using DistributedLocking.Redis.Connections;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Quorum;

/// <summary>What one server said to an attempt.</summary>
internal enum VoteKind
{
    /// <summary>Nothing that is known: it may have granted.</summary>
    Unknown = 0,

    /// <summary>The attempt's owner holds the lock there.</summary>
    Granted,

    /// <summary>Another owner does.</summary>
    Held,
}

/// <summary>One server's answer to an attempt.</summary>
internal readonly record struct ServerVote
{
    internal VoteKind Kind { get; private init; }

    internal long Token { get; private init; }

    /// <summary>Who holds the lock there.</summary>
    internal string? Holder { get; private init; }

    /// <summary>When that lease ends, if the server could say.</summary>
    internal TimeSpan? HolderExpiresIn { get; private init; }

    internal Exception? Error { get; private init; }

    internal static ServerVote Granted(long token) => new() { Kind = VoteKind.Granted, Token = token };

    internal static ServerVote Held(string holder, TimeSpan? expiresIn) => new() { Kind = VoteKind.Held, Holder = holder, HolderExpiresIn = expiresIn };

    internal static ServerVote Failed(Exception error) => new() { Error = RedisErrors.Translate(error) };

    /// <summary>Reads what <c>acquire-vote.lua</c> returns.</summary>
    internal static ServerVote Read(RedisResult reply) => (RedisResult[]?)reply switch
    {
        [var token] => Granted((long)token),
        [_, var left, var holder] => Held((string)holder!, (long)left < 0 ? null : TimeSpan.FromMilliseconds((long)left)),
        _ => Failed(new DistributedLockUnavailableException("Redis gave an answer that is none.")),
    };
}
