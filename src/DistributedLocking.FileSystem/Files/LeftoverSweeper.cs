using DistributedLocking.FileSystem.Logging;
using DistributedLocking.FileSystem.Tokens;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.FileSystem.Files;

/// <summary>
/// Removes lock files that crashed holders left. It runs beside an acquire, the first one and then every ten minutes at
/// most.
/// </summary>
internal sealed class LeftoverSweeper(string directory, FencingMark mark, TimeProvider timeProvider, ILogger logger)
{
    internal static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    /// <summary>How old a file must be. A fresh one may belong to an opener that is just about to lock it.</summary>
    internal static readonly TimeSpan SettlingTime = TimeSpan.FromMinutes(1);

    private readonly long _start = timeProvider.GetTimestamp();
    private long _nextDue;
    private volatile bool _isStopped;

    internal void SweepIfDue()
    {
        var due = Interlocked.Read(ref _nextDue);
        var now = timeProvider.GetElapsedTime(_start).Ticks;
        if (now >= due && !_isStopped && Interlocked.CompareExchange(ref _nextDue, now + Interval.Ticks, due) == due)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static sweeper => sweeper.Sweep(), this, preferLocal: false);
        }
    }

    internal void Stop() => _isStopped = true;

    internal void Sweep()
    {
        try
        {
            var before = timeProvider.GetUtcNow().UtcDateTime - SettlingTime;
            var files = new DirectoryInfo(directory).EnumerateFiles("*" + LockFileName.Extension).Where(file => LockFileName.IsOne(file.Name));
            foreach (var file in files.TakeWhile(_ => !_isStopped).Where(file => file.LastWriteTimeUtc < before && file.Exists))
            {
                RemoveUnlessHeld(file.FullName);
            }
        }
        catch (Exception e)
        {
            // Whatever it is: tidying up runs on a pool thread and must not end the process.
            Log.SweepFailed(logger, directory, e);
        }
    }

    // For an instant the sweeper holds the key like any other owner, and releases it like one.
    private void RemoveUnlessHeld(string path)
    {
        LockFile? file = null;
        try
        {
            file = LockFile.TryOpen(path);
            file?.ReadToken();
            file?.Release(mark);
        }
        catch (Exception e) when (e is DistributedLockUnavailableException || FileErrors.IsStoreFailure(e))
        {
            // It is not one of ours, or stays for another reason. The others go all the same.
            file?.Abandon();
            Log.SweepFailed(logger, directory, e);
        }
    }
}
