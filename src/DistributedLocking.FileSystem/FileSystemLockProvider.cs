using System.Collections.Concurrent;
using DistributedLocking.FileSystem.Files;
using DistributedLocking.FileSystem.Inspection;
using DistributedLocking.FileSystem.Notification;
using DistributedLocking.FileSystem.Tokens;
using DistributedLocking.Providers;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.FileSystem;

/// <summary>Keeps locks as files in a directory, for processes that share a file system. It needs no server.</summary>
/// <remarks>
/// <para><b>What it promises.</b> A key is a file that its holder keeps open with an exclusive lock of the operating
/// system (<c>flock</c> on Unix, a sharing mode on Windows). The lock ends with the process, so a crashed holder frees
/// it at once, whatever its time to live. It does not end otherwise: <b>a holder that is stopped, not dead (SIGSTOP, a
/// frozen container, a debugger), keeps the lock until it goes on or is killed</b>, since nobody else can take a file's
/// lock away. The time to live then only bounds how long the holder itself believes in its lock.</para>
/// <para><b>Names.</b> The file of a key is named by a SHA-256 in hexadecimal and <c>.lock</c>; a shell finds the hash
/// with <c>printf %s '5:lock:my-key' | sha256sum</c>, where 5 is the length of the prefix in bytes. It exists while the
/// key is held. Two more files stay in the directory, <c>fencing.mark</c> and <c>fencing.guard</c>. What a crashed
/// holder left is removed by the key's next holder, or within ten minutes while anything in the directory is locked. A
/// file has the holder's fencing token in it, and, for whoever inspects the locks, its owner id and the key.</para>
/// <para><b>Reader-writer locks</b> are files that readers lock shared. A writer that waits locks a second file, the
/// turnstile, which readers don't pass. <b>Semaphores</b> have a file for each permit.</para>
/// <para><b>Fencing tokens</b> are one sequence per directory. Each is above the largest one given so far, which
/// <c>fencing.mark</c> has, and not below the clock in microseconds since 1970. They can fall only when the mark is
/// lost (the directory is wiped, or the power fails, for nothing is flushed) and the clock is behind as well.</para>
/// <para><b>Only its own files.</b> A symbolic link, a pipe, or a file with any other content under the name of one of
/// these files is refused with a <see cref="DistributedLockUnavailableException"/> that names it, and is not written
/// to. The directory itself may be a link. Let nobody write in it but those who use the locks.</para>
/// <para><b>Descriptors.</b> Each held lock keeps a file open. Thousands need a higher limit (<c>ulimit -n</c>).</para>
/// <para><b>Do not remove lock files of running processes.</b> A holder whose file was removed or replaced learns of it
/// at its next renewal or release, which say "lost"; until then another process may hold the key too. On Windows the
/// system does not let anybody remove a file that is held.</para>
/// <para><b>Network file systems.</b> Prefer a local one. On NFS and SMB exclusion is as good as the server's lock
/// service, a client that is cut off may lose its lock without a notice, the attribute cache may hide a removal for
/// some seconds, and releases elsewhere are found by polling. The lock is checked once per provider, and at every
/// acquire on a network file system; one that does not lock is refused.</para>
/// <para><b>Users.</b> Files are made with the process's umask. Processes of different users can share a directory only
/// if all of them may write all files in it: a common group, the set-group-id bit on the directory and a umask of
/// 002.</para>
/// <para><b>Threads.</b> File operations are synchronous by nature: members do their work, some tens of microseconds on
/// a local disk, on the caller's thread and return finished tasks. Only <see cref="WatchAsync"/>'s watch really
/// waits.</para>
/// </remarks>
public sealed class FileSystemLockProvider : ILockProvider
{
    private readonly ConcurrentDictionary<LeaseReference, LockFile> _held = new();
    private readonly LockDirectory _directory;
    private readonly KeyFiles _files;
    private readonly Turnstiles _turnstiles;
    private readonly FencingMark _mark;
    private readonly LeftoverSweeper _sweeper;
    private readonly ReleaseWatcher? _watcher;
    private volatile bool _isDisposed;

    /// <summary>Creates the provider. Nothing is read or written before the first acquire.</summary>
    /// <param name="options">The options, which are copied.</param>
    /// <param name="loggerFactory">Where warnings go; null for nowhere.</param>
    /// <param name="timeProvider">
    /// The clock of the fencing tokens and of background work; null for the system's.
    /// </param>
    /// <exception cref="ArgumentException">There is no directory in the options.</exception>
    public FileSystemLockProvider(FileSystemLockOptions options, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (string.IsNullOrWhiteSpace(options.Directory))
        {
            throw new ArgumentException($"{nameof(options.Directory)} must be set.", nameof(options));
        }

        var path = Path.GetFullPath(options.Directory);
        var logger = LockProviderLogger.Create(loggerFactory, typeof(FileSystemLockProvider).FullName!);
        var time = timeProvider ?? TimeProvider.System;
        _directory = new LockDirectory(path, logger);
        _mark = new FencingMark(path, time);
        _files = new KeyFiles(_directory, _mark, options.KeyPrefix);
        _turnstiles = new Turnstiles(_files, _mark);
        _sweeper = new LeftoverSweeper(path, _mark, time, logger);
        _watcher = options.UseNotifications ? new ReleaseWatcher(path, time, logger) : null;
        Inspection = OperatingSystem.IsLinux() ? new FileInspection(path, options.KeyPrefix, _mark) : null;
    }

    /// <inheritdoc />
    public string Name => "file";

    /// <inheritdoc />
    public LockProviderCapabilities Capabilities =>
        LockProviderCapabilities.Fencing | LockProviderCapabilities.Shared | LockProviderCapabilities.Counted
        | (Inspection is null ? LockProviderCapabilities.None : LockProviderCapabilities.Inspection)
        | (_watcher is null ? LockProviderCapabilities.None : LockProviderCapabilities.Notification);

    /// <inheritdoc />
    public ILockInspection? Inspection { get; }

    /// <inheritdoc />
    public string WhyNoInspection => "Who has locked a file is known on Linux only.";

    /// <inheritdoc />
    public ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return ValueTask.FromResult(TryAcquire(request, new LeaseReference(request.Key, request.OwnerId) { Mode = request.Mode }));
        }
        catch (Exception e) when (FileErrors.IsStoreFailure(e))
        {
            throw FileErrors.ToUnavailable(e, _directory.Path);
        }
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var replies = new RenewalReply[batch.Count];
        for (var i = 0; i < replies.Length; i++)
        {
            replies[i] = Renew(batch[i].Lease);
        }

        return ValueTask.FromResult<IReadOnlyList<RenewalReply>>(replies);
    }

    /// <inheritdoc />
    public ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken)
    {
        try
        {
            return ValueTask.FromResult(_held.TryRemove(lease, out var file) && file.Release(_mark));
        }
        catch (Exception e) when (FileErrors.IsStoreFailure(e))
        {
            throw FileErrors.ToUnavailable(e, _directory.Path);
        }
    }

    /// <inheritdoc />
    public ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IKeyWatch?>(_watcher?.Watch(_files.NamesFor(request)));

    /// <inheritdoc />
    public ValueTask LeaveAsync(LeaseReference waiter, CancellationToken cancellationToken)
    {
        _turnstiles.Open(waiter);
        return ValueTask.CompletedTask;
    }

    /// <summary>Releases all locks and ends the watches.</summary>
    /// <returns>A finished task.</returns>
    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        _sweeper.Stop();
        _watcher?.Dispose();
        ReleaseAll();
        return ValueTask.CompletedTask;
    }

    private AcquireReply TryAcquire(AcquireRequest request, LeaseReference lease)
    {
        // The same owner asks again, since an earlier answer did not reach it.
        if (Renew(lease).Outcome == RenewalOutcome.Renewed && _held.TryGetValue(lease, out var own))
        {
            return AcquireReply.Granted(own.Token);
        }

        var file = _turnstiles.MayPass(request, lease) ? _files.TryLock(request) : null;
        _sweeper.SweepIfDue();
        if (file is null)
        {
            return AcquireReply.NotGranted();
        }

        _held[lease] = file;
        _turnstiles.Open(lease);
        if (_isDisposed)
        {
            ReleaseAll();
            throw new ObjectDisposedException(nameof(FileSystemLockProvider));
        }

        return AcquireReply.Granted(file.Token);
    }

    private RenewalReply Renew(LeaseReference lease)
    {
        try
        {
            if (!_held.TryGetValue(lease, out var file))
            {
                return new RenewalReply(RenewalOutcome.Lost);
            }

            if (file.IsInPlace())
            {
                return new RenewalReply(RenewalOutcome.Renewed);
            }

            _held.TryRemove(KeyValuePair.Create(lease, file));
            file.Abandon();
            return new RenewalReply(RenewalOutcome.Lost);
        }
        catch (Exception e) when (FileErrors.IsStoreFailure(e))
        {
            return new RenewalReply(RenewalOutcome.Unknown, FileErrors.ToUnavailable(e, _directory.Path));
        }
    }

    private void ReleaseAll()
    {
        _turnstiles.OpenAll();
        foreach (var lease in _held.Keys)
        {
            try
            {
                if (_held.TryRemove(lease, out var file))
                {
                    file.Release(_mark);
                }
            }
            catch (Exception e) when (e is DistributedLockUnavailableException || FileErrors.IsStoreFailure(e))
            {
                // The file is closed, so the lock is free; a file that stays is swept later.
            }
        }
    }
}
