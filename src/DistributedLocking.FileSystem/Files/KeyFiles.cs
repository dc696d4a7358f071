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
    /// <summary>What the file of a reader-writer lock is named by, beside the key.</summary>
    internal const string SharedPart = "shared";

    private const int ReplacementRetries = 100;

    /// <summary>
    /// A reader that leaves locks the file for an instant, to remove it. Another one that meets it looks again.
    /// </summary>
    private const int SharingRetries = 10;

    /// <summary>The files whose removal may let the owner in.</summary>
    internal IReadOnlyList<string> NamesFor(AcquireRequest request) => request.Mode switch
    {
        LockMode.Exclusive => [LockFileName.Of(keyPrefix, request.Key)],
        LockMode.Shared => [LockFileName.Of(SharedText(request.Key)), LockFileName.Of(TurnstileText(request.Key))],
        _ => [.. Enumerable.Range(0, request.Limit).Select(slot => LockFileName.Of(SlotText(request.Key, slot)))],
    };

    /// <summary>Locks what the owner needs to hold the key.</summary>
    /// <returns>The file, with the owner's token; null when others hold the key.</returns>
    internal LockFile? TryLock(AcquireRequest request) => request.Mode switch
    {
        LockMode.Exclusive => TryInPlace(LockFileName.Text(keyPrefix, request.Key), FileShare.None, request.OwnerId),
        LockMode.Shared when request.Limit > 1 => TryShare(request.Key),
        LockMode.Shared => TryInPlace(SharedText(request.Key), FileShare.None, request.OwnerId),
        LockMode.Counted => TryLockSlot(request),
        _ => throw new NotSupportedException($"Lock files have no mode {request.Mode}."),
    };

    /// <summary>Locks the turnstile of a reader-writer lock.</summary>
    /// <returns>The file; null when another writer waits.</returns>
    internal LockFile? TryLockTurnstile(string key) => TryInPlace(TurnstileText(key), FileShare.None, ownerId: null);

    private string SharedText(string key) => LockFileName.Text(keyPrefix, key, SharedPart);

    private string TurnstileText(string key) => LockFileName.Text(keyPrefix, key, "turnstile");

    private string SlotText(string key, int slot) => LockFileName.Text(keyPrefix, key, slot.ToString(CultureInfo.InvariantCulture));

    // The first that is free: callers that name different counts then meet in as many as they can.
    private LockFile? TryLockSlot(AcquireRequest request)
    {
        for (var slot = 0; slot < request.Limit; slot++)
        {
            if (TryInPlace(SlotText(request.Key, slot), FileShare.None, request.OwnerId) is { } file)
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
            if (TryInPlace(SharedText(key), FileShare.ReadWrite, ownerId: "") is { } file)
            {
                return file;
            }

            spinner.SpinOnce();
        }

        return null;
    }

    private bool IsTurnstileLocked(string key)
    {
        var path = Path.Combine(directory.Path, LockFileName.Of(TurnstileText(key)));
        if (!File.Exists(path))
        {
            return false;
        }

        var file = directory.TryOpen(path, FileShare.ReadWrite);
        file?.Abandon();
        return file is null;
    }

    /// <param name="text">What the file stands for.</param>
    /// <param name="share">How others may have it open.</param>
    /// <param name="ownerId">Who it is for; empty for one of several readers, null to take no token.</param>
    private LockFile? TryInPlace(string text, FileShare share, string? ownerId)
    {
        var path = Path.Combine(directory.Path, LockFileName.Of(text));
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
                    if (ownerId is not null)
                    {
                        file.TakeToken(mark, HolderLabel.Encode(ownerId, text));
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
