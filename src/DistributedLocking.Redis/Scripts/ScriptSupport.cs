using StackExchange.Redis;

namespace DistributedLocking.Redis.Scripts;

/// <summary>What scripts can be called on a connection and how, learnt from the answers.</summary>
internal sealed class ScriptSupport
{
    private readonly bool[] _known = new bool[RedisScript.Count];
    private volatile bool _isHashRefused;
    private volatile bool _isBatchRefused;

    /// <summary>Where EVAL is allowed, EVALSHA need not be.</summary>
    internal bool MaySendHash => !_isHashRefused;

    /// <summary>
    /// A Cluster, or a proxy before one, refuses a script whose keys are in different slots, and a user may lack
    /// commands that only a batch calls.
    /// </summary>
    internal bool MayBatch => !_isBatchRefused;

    /// <summary>Whether the server had the script when it was last asked.</summary>
    internal bool Knows(RedisScript script) => Volatile.Read(ref _known[script.Number]);

    internal void NoteKnown(RedisScript script) => Volatile.Write(ref _known[script.Number], true);

    internal void NoteBatchRefused() => _isBatchRefused = true;

    /// <summary>
    /// Whether a call failed only because it named its script by the hash, so that it has to be sent again with the
    /// text.
    /// </summary>
    internal bool NeedsText(RedisScript script, Exception error)
    {
        if (!IsOfHash(error))
        {
            return false;
        }

        _isHashRefused |= !IsUnknownScript(error);
        Volatile.Write(ref _known[script.Number], false);
        return true;
    }

    /// <summary>Whether an error speaks of the hash only, and says nothing about calling the script by its text.</summary>
    internal static bool IsOfHash(Exception error) => IsUnknownScript(error) || IsHashRefused(error);

    private static bool IsUnknownScript(Exception error) =>
        error is RedisServerException && error.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal);

    private static bool IsHashRefused(Exception error) =>
        (error is RedisCommandException || (error is RedisServerException && error.Message.StartsWith("NOPERM", StringComparison.Ordinal)))
        && error.Message.Contains("EVALSHA", StringComparison.OrdinalIgnoreCase);
}
