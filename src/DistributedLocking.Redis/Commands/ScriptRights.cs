namespace DistributedLocking.Redis.Commands;

/// <summary>What can be called on a connection, learnt from the answers.</summary>
internal sealed class ScriptRights
{
    private volatile bool _isHashRefused;
    private volatile bool _isBatchRefused;
    private volatile bool _knowsBatch;
    private volatile bool _knowsRenewal;
    private volatile bool _knowsSharedRenewal;

    /// <summary>Where EVAL is allowed, EVALSHA need not be.</summary>
    internal bool MaySendHash => !_isHashRefused;

    /// <summary>
    /// A Cluster, or a proxy before one, refuses a script whose keys are in different slots, and a user may lack
    /// commands that only a batch calls.
    /// </summary>
    internal bool MayBatch => !_isBatchRefused;

    /// <summary>Whether the server had the script of batches when it was last asked.</summary>
    internal bool KnowsBatch
    {
        get => _knowsBatch;
        set => _knowsBatch = value;
    }

    /// <summary>Whether the server had the script of renewals when it was last asked.</summary>
    internal bool KnowsRenewal
    {
        get => _knowsRenewal;
        set => _knowsRenewal = value;
    }

    /// <summary>The same for the renewals of reader-writer locks and semaphores.</summary>
    internal bool KnowsSharedRenewal
    {
        get => _knowsSharedRenewal;
        set => _knowsSharedRenewal = value;
    }

    /// <summary>
    /// Whether a call failed only because it named its script by the hash, so that it has to be sent again with the
    /// text.
    /// </summary>
    internal bool NeedsText(Exception error)
    {
        if (RedisFault.IsHashRefused(error))
        {
            _isHashRefused = true;
            return true;
        }

        return RedisFault.IsUnknownScript(error);
    }

    internal void NoteBatchRefused() => _isBatchRefused = true;
}
