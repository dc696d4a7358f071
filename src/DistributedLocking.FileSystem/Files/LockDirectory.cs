using DistributedLocking.FileSystem.Logging;
using DistributedLocking.FileSystem.Tokens;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.FileSystem.Files;

/// <summary>The directory of the lock files: made when missing, and tried once for whether locks hold there.</summary>
internal sealed class LockDirectory(string path, ILogger logger)
{
    private readonly object _gate = new();
    private volatile bool _isReady;
    private bool _isRemote;

    internal string Path => path;

    /// <summary>Opens and locks a file of a key, exclusively unless it is to be shared.</summary>
    /// <returns>The file, or null when somebody else has it locked.</returns>
    /// <exception cref="DistributedLockUnavailableException">The file system does not lock.</exception>
    internal LockFile? TryOpen(string filePath, FileShare share = FileShare.None)
    {
        Prepare();
        LockFile? file;
        try
        {
            file = LockFile.TryOpen(filePath, share);
        }
        catch (DirectoryNotFoundException)
        {
            // Removed since: it is made anew, once.
            _isReady = false;
            Prepare();
            file = LockFile.TryOpen(filePath, share);
        }

        // .NET ignores the error when a remote lock service fails later on, and goes on without a lock.
        if (file is not null && _isRemote && !LockFile.IsExclusive(filePath))
        {
            file.Abandon();
            throw DoesNotLock();
        }

        return file;
    }

    private void Prepare()
    {
        if (_isReady)
        {
            return;
        }

        lock (_gate)
        {
            if (!_isReady)
            {
                Directory.CreateDirectory(path);
                Probe();
                _isRemote = IsRemote();
                if (_isRemote)
                {
                    Log.RemoteFileSystem(logger, path);
                }

                _isReady = true;
            }
        }
    }

    private void Probe()
    {
        var guard = System.IO.Path.Combine(path, FencingMark.GuardName);
        try
        {
            using var first = PlainFile.Open(guard, FileShare.None);
            if (!LockFile.IsExclusive(guard))
            {
                throw DoesNotLock();
            }
        }
        catch (IOException e) when (FileErrors.IsSharingViolation(e))
        {
            // Another process has it: then locks are seen here.
        }
    }

    private bool IsRemote()
    {
        try
        {
            return new DriveInfo(path).DriveType == DriveType.Network;
        }
        catch (Exception e) when (e is ArgumentException || FileErrors.IsStoreFailure(e))
        {
            return false;
        }
    }

    private DistributedLockUnavailableException DoesNotLock() => new(
        $"The file system of the lock directory '{path}' does not lock files: a file that was open exclusively could be opened again. "
        + "Use a local file system, and leave .NET's file locking on (DOTNET_SYSTEM_IO_DISABLEFILELOCKING).")
    {
        IsTransient = false,
    };
}
