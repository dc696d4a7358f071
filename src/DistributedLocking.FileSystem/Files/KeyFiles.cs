using System.Globalization;
using DistributedLocking.FileSystem.Tokens;
using DistributedLocking.Providers;

namespace DistributedLocking.FileSystem.Files;

/// <summary>Which files stand for a key in each mode, and how one of them is locked.</summary>
/// <remarks>
/// A lock is a file that its holder has locked exclusively, and a semaphore one such file for each permit. A
/// reader-writer lock is a file that readers lock shared and a writer exclusively, and a <em>turnstile</em>: a writer
/// that waits has it locked, and readers don't pass meanwhile.
/// </remarks>
internal sealed class KeyFiles(LockDirectory directory, FencingMark mark, string keyPrefix)
{
    private const int ReplacementRetries = 100;

    /// <summary>
    /// A reader that leaves locks the file for an instant, to remove it. Another one that meets it looks again.
    /// </summary>
    private const int SharingRetries = 10;

    /// <summary>The files whose removal may let the owner in.</summary>
    internal IReadOnlyList<string> NamesFor(AcquireRequest request) => request.Mode switch
    {
        LockMode.Exclusive => [LockFileName.Of(keyPrefix, request.Key)],
        LockMode.Shared => [SharedName(request.Key), TurnstileName(request.Key)],
        _ => [.. Enumerable.Range(0, request.Limit).Select(slot => SlotName(request.Key, slot))],
    };

    /// <summary>Locks what the owner needs to hold the key.</summary>
    /// <returns>The file, with the owner's token; null when others hold the key.</returns>
    internal LockFile? TryLock(AcquireRequest request) => request.Mode switch
    {
        LockMode.Exclusive => TryLock(LockFileName.Of(keyPrefix, request.Key)),
        LockMode.Shared when request.Limit > 1 => TryShare(request.Key),
        LockMode.Shared => TryLock(SharedName(request.Key)),
        LockMode.Counted => TryLockSlot(request.Key, request.Limit),
        _ => throw new NotSupportedException($"Lock files have no mode {request.Mode}."),
    };

    /// <summary>Locks the turnstile of a reader-writer lock.</summary>
    /// <returns>The file; null when another writer waits.</returns>
    internal LockFile? TryLockTurnstile(string key) => TryInPlace(TurnstileName(key), FileShare.None, takeToken: false);

    private string SharedName(string key) => LockFileName.Of(keyPrefix, key, "shared");

    private string TurnstileName(string key) => LockFileName.Of(keyPrefix, key, "turnstile");

    private string SlotName(string key, int slot) => LockFileName.Of(keyPrefix, key, slot.ToString(CultureInfo.InvariantCulture));

    private LockFile? TryLock(string name) => TryInPlace(name, FileShare.None, takeToken: true);

    // The first that is free: callers that name different counts then meet in as many as they can.
    private LockFile? TryLockSlot(string key, int limit)
    {
        for (var slot = 0; slot < limit; slot++)
        {
            if (TryLock(SlotName(key, slot)) is { } file)
            {
                return file;
            }
        }

        return null;
    }

    private LockFile? TryShare(string key)
    {
        if (IsTurnstileLocked(key))
        {
            return null;
        }

        var spinner = default(SpinWait);
        for (var i = 0; i < SharingRetries; i++)
        {
            if (TryInPlace(SharedName(key), FileShare.ReadWrite, takeToken: true) is { } file)
            {
                return file;
            }

            spinner.SpinOnce();
        }

        return null;
    }

    private bool IsTurnstileLocked(string key)
    {
        var path = Path.Combine(directory.Path, TurnstileName(key));
        if (!File.Exists(path))
        {
            return false;
        }

        var file = directory.TryOpen(path, FileShare.ReadWrite);
        file?.Abandon();
        return file is null;
    }

    private LockFile? TryInPlace(string name, FileShare share, bool takeToken)
    {
        var path = Path.Combine(directory.Path, name);
        for (var i = 0; i < ReplacementRetries; i++)
        {
            var file = directory.TryOpen(path, share);
            if (file is null)
            {
                return null;
            }

            try
            {
                if (file.IsInPlace())
                {
                    // Looking again with the token in hand: a file removed before that may have had a successor with a
                    // smaller token.
                    if (takeToken)
                    {
                        file.TakeToken(mark);
                    }

                    if (file.IsInPlace())
                    {
                        return file;
                    }
                }
            }
            catch
            {
                file.Abandon();
                throw;
            }

            file.Abandon();
        }

        throw new DistributedLockUnavailableException(
            $"A lock file in '{directory.Path}' is removed or replaced as soon as it is locked.");
    }
}
