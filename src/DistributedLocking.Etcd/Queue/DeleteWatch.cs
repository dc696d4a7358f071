using DistributedLocking.Etcd.Connections;
using DistributedLocking.Etcd.Keys;
using Google.Protobuf;

namespace DistributedLocking.Etcd.Queue;

/// <summary>
/// A watch on what is deleted below one lock, for all of the process that wait for it. It lasts until the last of them
/// has gone.
/// </summary>
internal sealed class DeleteWatch : IDeleteObserver
{
    /// <summary>How many names are remembered that were deleted before anybody waited for that.</summary>
    private const int MostRemembered = 1000;

    private readonly object _lock = new();
    private readonly Dictionary<ByteString, TaskCompletionSource> _waiting = [];
    private readonly Dictionary<ByteString, long> _deleted = [];
    private readonly TaskCompletionSource<long> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WatchStream _stream;
    private readonly long _id;
    private TaskCompletionSource _anyDeleted = New();
    private long _forgottenUpTo;
    private long _newest;
    private int _users;
    private Exception? _end;

    internal DeleteWatch(WatchStream stream, NameRange range)
    {
        _stream = stream;
        _id = stream.Add(range.First, range.End, this);
    }

    /// <summary>One more waits. False when it has ended.</summary>
    internal bool TryUse()
    {
        lock (_lock)
        {
            _users += _end is null ? 1 : 0;
            return _end is null;
        }
    }

    /// <summary>One has gone. True when it was the last, which ends the watch.</summary>
    internal bool Leave()
    {
        lock (_lock)
        {
            if (--_users > 0 || _end is not null)
            {
                return _end is not null;
            }

            _end = new ObjectDisposedException(nameof(DeleteWatch));
        }

        _stream.Remove(_id);
        return true;
    }

    /// <summary>Waits until a name is deleted that existed at a revision, or may have been meanwhile.</summary>
    internal async Task WaitAsync(Predecessor before, CancellationToken cancellationToken)
    {
        var from = await _started.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        Task deleted;
        lock (_lock)
        {
            if (_end is { } end)
            {
                throw Ended(end);
            }

            var isOver = before.Name is { } one ? _deleted.Remove(one) : _newest > before.SeenAt;
            if (isOver || Math.Max(from, _forgottenUpTo) > before.SeenAt)
            {
                return;
            }

            deleted = (before.Name is { } name ? Waiting(name) : _anyDeleted).Task;
        }

        await deleted.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public void OnStart(long revision) => _started.TrySetResult(revision);

    public void OnDelete(ByteString name, long revision)
    {
        lock (_lock)
        {
            _newest = revision;
            _anyDeleted.TrySetResult();
            _anyDeleted = New();
            if (_waiting.Remove(name, out var waiting))
            {
                waiting.TrySetResult();
                return;
            }

            if (_deleted.Count >= MostRemembered)
            {
                _forgottenUpTo = _deleted.Values.Max();
                _deleted.Clear();
            }

            _deleted[name] = revision;
        }
    }

    public void OnEnd(Exception reason)
    {
        lock (_lock)
        {
            _end ??= reason;
            _started.TrySetException(Ended(reason));
            _ = _started.Task.Exception;
            foreach (var waiting in _waiting.Values.Append(_anyDeleted))
            {
                waiting.TrySetException(Ended(reason));
                _ = waiting.Task.Exception;
            }

            _waiting.Clear();
        }
    }

    private TaskCompletionSource Waiting(ByteString name)
    {
        if (!_waiting.TryGetValue(name, out var waiting))
        {
            _waiting[name] = waiting = New();
        }

        return waiting;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static DistributedLockUnavailableException Ended(Exception reason) => new("The watch on the key has ended.", reason);
}
