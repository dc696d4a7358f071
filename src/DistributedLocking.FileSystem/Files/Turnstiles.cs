using System.Collections.Concurrent;
using DistributedLocking.FileSystem.Tokens;
using DistributedLocking.Providers;

namespace DistributedLocking.FileSystem.Files;

/// <summary>
/// The turnstiles of this process's writers that wait. One that waits keeps its own until it is let in or leaves, so
/// that no reader that comes later passes it.
/// </summary>
internal sealed class Turnstiles(KeyFiles files, FencingMark mark)
{
    private readonly ConcurrentDictionary<LeaseReference, LockFile> _closed = new();

    /// <summary>Whether an owner may try to lock the key: a writer not while another one waits.</summary>
    internal bool MayPass(AcquireRequest request, LeaseReference lease)
    {
        if (request is not { Mode: LockMode.Shared, Limit: 1 } || _closed.ContainsKey(lease))
        {
            return true;
        }

        if (files.TryLockTurnstile(request.Key) is not { } turnstile)
        {
            return false;
        }

        _closed[lease] = turnstile;
        if (request.StoreWait == TimeSpan.Zero)
        {
            Open(lease);
        }

        return true;
    }

    /// <summary>Lets others pass again. Does nothing where the owner has no turnstile.</summary>
    internal void Open(LeaseReference lease)
    {
        try
        {
            if (_closed.TryRemove(lease, out var turnstile))
            {
                turnstile.Release(mark);
            }
        }
        catch (Exception e) when (e is DistributedLockUnavailableException || FileErrors.IsStoreFailure(e))
        {
            // It is closed, so others pass; a file that stays is swept later.
        }
    }

    internal void OpenAll()
    {
        foreach (var lease in _closed.Keys)
        {
            Open(lease);
        }
    }
}
