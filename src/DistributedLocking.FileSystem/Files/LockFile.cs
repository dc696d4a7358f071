using DistributedLocking.FileSystem.Tokens;
using Microsoft.Win32.SafeHandles;

namespace DistributedLocking.FileSystem.Files;

/// <summary>A file that this process has open and locked, exclusively or shared with other readers.</summary>
/// <remarks>
/// <para><b>Unix.</b> The lock (flock) belongs to an inode, and a file can be removed while it is locked, so a locked
/// inode means something only while the path leads to it. Two rules make that safe. Who opens: lock first, then compare
/// the inode behind the path with the locked one, and start again if they differ (<see cref="PlainFile.LeadsTo"/>). Who
/// removes: only the holder, while it still has the lock, and only if the path still leads to its file. So once an
/// opener has compared, nobody who keeps the rules can take the path away from it.</para>
/// <para><b>Windows.</b> Sharing is enforced by the system: an open file can't be removed or replaced, and one that
/// another process has opened meanwhile can't be removed by us. So the file is closed first and removed afterwards, if
/// that is possible.</para>
/// </remarks>
internal sealed class LockFile
{
    private const int DeletePendingRetries = 20;

    private readonly object _gate = new();
    private readonly string _path;
    private readonly SafeFileHandle _handle;

    private readonly bool _isShared;

    private LockFile(string path, SafeFileHandle handle, bool isShared)
    {
        _path = path;
        _handle = handle;
        _isShared = isShared;
    }

    /// <summary>The fencing token in the file; 0 for none.</summary>
    internal long Token { get; private set; }

    // Whether the mark is at least as large, so that the file may go.
    private bool IsTokenRecorded { get; set; }

    /// <summary>Opens and locks the file, making it if there is none.</summary>
    /// <returns>The file, or null when somebody else has it locked in a way that does not allow that.</returns>
    internal static LockFile? TryOpen(string path, FileShare share = FileShare.None)
    {
        var spinner = default(SpinWait);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new LockFile(path, PlainFile.Open(path, share), isShared: share != FileShare.None);
            }
            catch (IOException e) when (FileErrors.IsSharingViolation(e))
            {
                return null;
            }
            catch (UnauthorizedAccessException) when (OperatingSystem.IsWindows() && attempt < DeletePendingRetries)
            {
                // Windows denies access to a file while its removal is under way.
                spinner.SpinOnce();
            }
        }
    }

    /// <summary>Whether a second exclusive open of a file that is open exclusively is refused, as it must be.</summary>
    internal static bool IsExclusive(string path)
    {
        try
        {
            File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
            return false;
        }
        catch (IOException e) when (FileErrors.IsSharingViolation(e))
        {
            return true;
        }
    }

    /// <summary>Reads the token of a holder that is gone.</summary>
    internal void ReadToken() => Token = TokenSlots.ReadOurs(_handle, _path).Token;

    /// <summary>
    /// Takes the next token for this holder and writes it into the file, before anybody is told of the grant. The file
    /// must be in place, or else it may be one that a link led to. Readers, of which several have the file, write no
    /// token: theirs have to be in the mark.
    /// </summary>
    /// <param name="mark">The newest token of the directory.</param>
    /// <param name="label">Who holds what, for whoever looks: see <see cref="HolderLabel"/>.</param>
    /// <exception cref="DistributedLockUnavailableException">A reader's token can't be recorded now.</exception>
    internal void TakeToken(FencingMark mark, byte[] label)
    {
        var slots = TokenSlots.ReadOurs(_handle, _path, out var isEmpty);
        (Token, IsTokenRecorded) = mark.Next(slots.Token);
        if (_isShared)
        {
            if (!IsTokenRecorded)
            {
                throw new DistributedLockUnavailableException($"The fencing mark beside '{_path}' is busy.");
            }

            TokenSlots.WriteSharedLabel(_handle, isEmpty, label);
            return;
        }

        TokenSlots.Write(_handle, slots, Token, isEmpty, label);
        Stamp();
    }

    /// <summary>Whether the file is still the one that others find under its path.</summary>
    internal bool IsInPlace()
    {
        lock (_gate)
        {
            return !_handle.IsClosed && IsPathOurs();
        }
    }

    /// <summary>
    /// Releases the lock and removes the file, unless it has to stay: because another one is in its place, or for the
    /// token in it.
    /// </summary>
    /// <returns>
    /// True when the file was in place until now; false when it had been removed or replaced, or is closed already.
    /// </returns>
    internal bool Release(FencingMark mark)
    {
        lock (_gate)
        {
            if (_handle.IsClosed)
            {
                return false;
            }

            var remove = false;
            try
            {
                if (!IsPathOurs())
                {
                    return false;
                }

                remove = !_isShared && (IsTokenRecorded || Token == 0 || mark.Next(Token).IsRecorded);
                return true;
            }
            finally
            {
                Close(remove);
                if (_isShared)
                {
                    RemoveUnlessShared(mark);
                }
            }
        }
    }

    /// <summary>
    /// The last reader that leaves removes the file, as any holder does: that wakes whoever waits. It is one that has
    /// the file alone for an instant.
    /// </summary>
    private void RemoveUnlessShared(FencingMark mark)
    {
        LockFile? alone = null;
        try
        {
            alone = TryOpen(_path);
            if (alone is not null && alone.IsInPlace())
            {
                alone.ReadToken();
                alone.Release(mark);
            }
        }
        catch (Exception e) when (e is DistributedLockUnavailableException || FileErrors.IsStoreFailure(e))
        {
            // What stays is removed by a later holder or by the sweeper.
        }
        finally
        {
            alone?.Abandon();
        }
    }

    /// <summary>Releases the lock without touching what is under the path now.</summary>
    internal void Abandon()
    {
        lock (_gate)
        {
            if (!_handle.IsClosed)
            {
                Close(remove: false);
            }
        }
    }

    /// <summary>
    /// Sets the time of the last write to the token, which no other holder's file has. It is the one property of a file
    /// that can be set, and read both through a handle and through a path, so later checks tell by it whether the path
    /// still leads to this file.
    /// </summary>
    private void Stamp()
    {
        if (OperatingSystem.IsWindows() || Token > FencingMark.LargestTime)
        {
            return;
        }

        try
        {
            File.SetLastWriteTimeUtc(_handle, DateTime.UnixEpoch.AddMicroseconds(Token));
        }
        catch (Exception e) when (FileErrors.IsStoreFailure(e))
        {
            // Only the user who made the file may set it. For others the time of the write just made has to do.
        }
    }

    // Comparing the path with the handle, not with what was stamped, lets somebody "touch" the file; a second look
    // settles a touch in between.
    private bool IsPathOurs() => PlainFile.LeadsTo(_path, _handle) || PlainFile.LeadsTo(_path, _handle);

    private void Close(bool remove)
    {
        if (!OperatingSystem.IsWindows())
        {
            RemoveIf(remove);
        }

        _handle.Dispose();
        if (OperatingSystem.IsWindows())
        {
            RemoveIf(remove);
        }
    }

    private void RemoveIf(bool remove)
    {
        try
        {
            if (remove)
            {
                File.Delete(_path);
            }
        }
        catch (Exception e) when (FileErrors.IsStoreFailure(e))
        {
            // On Windows the next holder has it open already. Whatever stays is removed by a later holder or by the
            // sweeper.
        }
    }
}
