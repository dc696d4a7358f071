using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using DistributedLocking.Providers;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Scripts;

/// <summary>
/// A script put together from those beside this file, called by its hash, and by its text where the server does not
/// know the hash (yet).
/// </summary>
internal sealed class RedisScript
{
    internal static readonly RedisScript Acquire = new("fence.lua", "queue.lua", "acquire.lua");
    internal static readonly RedisScript Renew = new("renew.lua");
    internal static readonly RedisScript Release = new("fence.lua", "queue.lua", "pass-on.lua", "release.lua");
    internal static readonly RedisScript Batch = new("fence.lua", "queue.lua", "pass-on.lua", "batch.lua");
    internal static readonly RedisScript SetFenced = new("remember-token.lua", "set-fenced.lua");
    internal static readonly RedisScript GetFenced = new("remember-token.lua", "get-fenced.lua");

    internal static readonly RedisScript AcquireShared = new("fence.lua", "queue.lua", "holders.lua", "acquire-shared.lua");
    internal static readonly RedisScript RenewShared = new("fence.lua", "queue.lua", "holders.lua", "renew-shared.lua");
    internal static readonly RedisScript ReleaseShared = new("fence.lua", "queue.lua", "holders.lua", "release-shared.lua");

    internal static readonly RedisScript AcquireVote = new("fence.lua", "acquire-vote.lua");
    internal static readonly RedisScript ReleaseVote = new("release-vote.lua");
    internal static readonly RedisScript AcquireSharedVote = new("fence.lua", "queue.lua", "holders.lua", "acquire-shared-vote.lua");
    internal static readonly RedisScript ReleaseSharedVote = new("fence.lua", "queue.lua", "holders.lua", "release-shared-vote.lua");
    internal static readonly RedisScript RaiseMark = new("raise-mark.lua");

    internal static readonly RedisScript Inspect = new("fence.lua", "inspect.lua");

    private static int _count;

    private readonly string _text;
    private readonly byte[] _hash;

    [SuppressMessage("Security", "CA5350", Justification = "EVALSHA names scripts by their SHA-1.")]
    private RedisScript(params string[] parts)
    {
        _text = string.Concat(parts.Select(Read));
        _hash = SHA1.HashData(Encoding.UTF8.GetBytes(_text));
        Number = _count++;
    }

    internal static RedisScript ToAcquire(LockMode mode) => mode == LockMode.Exclusive ? Acquire : AcquireShared;

    internal static RedisScript ToRenew(LockMode mode) => mode == LockMode.Exclusive ? Renew : RenewShared;

    internal static RedisScript ToRelease(LockMode mode) => mode == LockMode.Exclusive ? Release : ReleaseShared;

    /// <summary>How many there are.</summary>
    internal static int Count => _count;

    /// <summary>Its number among all, from 0.</summary>
    internal int Number { get; }

    private static string Read(string part)
    {
        using var stream = typeof(RedisScript).Assembly.GetManifestResourceStream(part)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Sends it. What the client throws at once is in the task too.</summary>
    /// <param name="database">The client.</param>
    /// <param name="keys">The script's keys.</param>
    /// <param name="values">Its arguments.</param>
    /// <param name="byHash">
    /// Whether to send the hash. The text is sent by plain EVAL, which also makes the server remember the hash; the
    /// client's own script cache would load it first, in a second command.
    /// </param>
    internal Task<RedisResult> SendAsync(IDatabaseAsync database, RedisKey[] keys, RedisValue[] values, bool byHash)
    {
        try
        {
            return byHash
                ? database.ScriptEvaluateAsync(_hash, keys, values, CommandFlags.DemandMaster)
                : database.ScriptEvaluateAsync(_text, keys, values, CommandFlags.DemandMaster | CommandFlags.NoScriptCache);
        }
        catch (Exception e)
        {
            return Task.FromException<RedisResult>(e);
        }
    }
}
