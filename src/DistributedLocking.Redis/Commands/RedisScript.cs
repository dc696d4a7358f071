using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Commands;

/// <summary>
/// A script put together from those in <c>Scripts</c> and <c>Modes</c>, called by its hash, and by its text where the server does not
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

    private readonly string _text;
    private readonly byte[] _hash;

    [SuppressMessage("Security", "CA5350", Justification = "EVALSHA names scripts by their SHA-1.")]
    private RedisScript(params string[] parts)
    {
        _text = string.Concat(parts.Select(Read));
        _hash = SHA1.HashData(Encoding.UTF8.GetBytes(_text));
    }

    private static string Read(string part)
    {
        using var stream = typeof(RedisScript).Assembly.GetManifestResourceStream(part)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    internal Task<RedisResult> SendAsync(IDatabaseAsync database, RedisKey[] keys, RedisValue[] values, bool byHash) =>
        byHash ? SendHashAsync(database, keys, values) : SendTextAsync(database, keys, values);

    internal Task<RedisResult> SendHashAsync(IDatabaseAsync database, RedisKey[] keys, RedisValue[] values) =>
        database.ScriptEvaluateAsync(_hash, keys, values, CommandFlags.DemandMaster);

    /// <summary>
    /// Plain EVAL, which also makes the server remember the hash. The client's own script cache would load it first, in
    /// a second command.
    /// </summary>
    internal Task<RedisResult> SendTextAsync(IDatabaseAsync database, RedisKey[] keys, RedisValue[] values) =>
        database.ScriptEvaluateAsync(_text, keys, values, CommandFlags.DemandMaster | CommandFlags.NoScriptCache);
}
