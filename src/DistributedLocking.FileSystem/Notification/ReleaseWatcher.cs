using DistributedLocking.FileSystem.Files;
using DistributedLocking.FileSystem.Logging;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.FileSystem.Notification;

/// <summary>
/// Wakes waiters when a lock file is removed, which is how a release ends. One system watcher serves all keys; it is
/// made for the first waiter and ended some time after the last one.
/// </summary>
/// <remarks>
/// The removal is also the moment when the key is free: whoever comes next makes a file of its own. What the system
/// does not report (a holder that was killed, a file that had to stay) is left to the engine's polling.
/// </remarks>
internal sealed class ReleaseWatcher(string directory, TimeProvider timeProvider, ILogger logger) : IDisposable
{
    internal static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(30);

    /// <summary>How long a failure to watch is taken for lasting.</summary>
    internal static readonly TimeSpan RetryTime = TimeSpan.FromMinutes(1);

    private readonly object _gate = new();
    private readonly Dictionary<string, List<KeyWatch>> _watches = new(StringComparer.OrdinalIgnoreCase);
    private FileSystemWatcher? _watcher;
    private ITimer? _idleTimer;
    private long? _failedAt;
    private int _hasWarned;
    private bool _isDisposed;

    internal bool IsWatching
    {
        get
        {
            lock (_gate)
            {
                return _watcher is not null;
            }
        }
    }

    /// <summary>Starts to watch files.</summary>
    /// <returns>The watch, or null when the system can't watch (now).</returns>
    internal KeyWatch? Watch(IReadOnlyList<string> fileNames)
    {
        try
        {
            lock (_gate)
            {
                return _isDisposed || HasFailedLately() ? null : Add(fileNames);
            }
        }
        catch (Exception e) when (e is ArgumentException or PlatformNotSupportedException || FileErrors.IsStoreFailure(e))
        {
            Warn(e);
            return null;
        }
    }

    internal void Remove(KeyWatch watch)
    {
        lock (_gate)
        {
            foreach (var fileName in watch.FileNames)
            {
                if (_watches.TryGetValue(fileName, out var watches) && watches.Remove(watch) && watches.Count == 0)
                {
                    _watches.Remove(fileName);
                }
            }

            if (_watches.Count == 0 && !_isDisposed)
            {
                _idleTimer ??= timeProvider.CreateTimer(
                    static state => ((ReleaseWatcher)state!).StopIfIdle(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _idleTimer.Change(IdleTime, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _idleTimer?.Dispose();
            Stop();
        }
    }

    /// <summary>What the system reports when it can't go on watching, or has missed something.</summary>
    internal void OnError(object sender, ErrorEventArgs e)
    {
        var error = e.GetException();
        var isOver = false;
        lock (_gate)
        {
            // After an overflow the watcher goes on; after any other error it may have seen its last removal.
            if (error is not InternalBufferOverflowException && ReferenceEquals(sender, _watcher))
            {
                isOver = true;
                _failedAt = timeProvider.GetTimestamp();
                Stop();
            }

            foreach (var watch in _watches.Values.SelectMany(watches => watches))
            {
                watch.Signal();
            }
        }

        if (isOver)
        {
            Warn(error);
        }
    }

    private KeyWatch Add(IReadOnlyList<string> fileNames)
    {
        Start();
        var watch = new KeyWatch(this, fileNames);
        foreach (var fileName in fileNames)
        {
            if (!_watches.TryGetValue(fileName, out var watches))
            {
                _watches.Add(fileName, watches = []);
            }

            watches.Add(watch);
        }

        return watch;
    }

    private void Start()
    {
        if (_watcher is not null)
        {
            return;
        }

        var watcher = new FileSystemWatcher();
        try
        {
            watcher.Path = directory;
            watcher.Filter = "*" + LockFileName.Extension;
            watcher.NotifyFilter = NotifyFilters.FileName;
            watcher.Deleted += OnRemoved;
            watcher.Renamed += OnRenamed;
            watcher.Error += OnError;

            // From here on no removal goes unseen.
            watcher.EnableRaisingEvents = true;
            _watcher = watcher;
        }
        finally
        {
            if (_watcher is null)
            {
                watcher.Dispose();
                _failedAt = timeProvider.GetTimestamp();
            }
        }
    }

    private bool HasFailedLately() => _failedAt is { } failedAt && timeProvider.GetElapsedTime(failedAt) < RetryTime;

    private void OnRemoved(object sender, FileSystemEventArgs e) => Signal(e.Name);

    private void OnRenamed(object sender, RenamedEventArgs e) => Signal(e.OldName);

    private void Signal(string? fileName)
    {
        lock (_gate)
        {
            if (fileName is not null && _watches.TryGetValue(fileName, out var watches))
            {
                watches.ForEach(static watch => watch.Signal());
            }
        }
    }

    private void StopIfIdle()
    {
        lock (_gate)
        {
            if (_watches.Count == 0)
            {
                Stop();
            }
        }
    }

    private void Stop()
    {
        _watcher?.Dispose();
        _watcher = null;
    }

    private void Warn(Exception error)
    {
        if (Interlocked.Exchange(ref _hasWarned, 1) == 0)
        {
            Log.NotWatching(logger, directory, error);
        }
    }
}
