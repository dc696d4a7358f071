using DistributedLocking.Etcd.Protocol;
using Google.Protobuf;

namespace DistributedLocking.Etcd.Connections;

/// <summary>All watches of a process, each on the deletes in a range of names from now on.</summary>
/// <remarks>
/// A watch from a revision in the past would be served only every 100 milliseconds.
/// </remarks>
internal sealed class WatchStream : DuplexStream<WatchRequest, WatchResponse>
{
    private readonly object _lock = new();
    private readonly Dictionary<long, IDeleteObserver> _observers = [];
    private long _lastId;

    internal WatchStream(EtcdConnection connection, EtcdMember member)
        : base(connection, member) => _ = RunAsync(member.Watches.Watch);

    /// <summary>Starts a watch, which tells its observer all that follows.</summary>
    /// <returns>Its number.</returns>
    internal long Add(ByteString first, ByteString end, IDeleteObserver observer)
    {
        lock (_lock)
        {
            if (HasEnded)
            {
                throw new DistributedLockUnavailableException($"The connection to etcd at {Member.Endpoint} was cut.");
            }

            var id = ++_lastId;
            _observers.Add(id, observer);
            Write(new WatchRequest
            {
                CreateRequest = new WatchCreateRequest
                {
                    Key = first, RangeEnd = end, WatchId = id, Filters = { WatchCreateRequest.Types.FilterType.Noput },
                },
            });
            return id;
        }
    }

    internal void Remove(long id)
    {
        lock (_lock)
        {
            if (_observers.Remove(id) && !HasEnded)
            {
                Write(new WatchRequest { CancelRequest = new WatchCancelRequest { WatchId = id } });
            }
        }
    }

    protected override void OnAnswer(WatchResponse answer)
    {
        IDeleteObserver? observer;
        lock (_lock)
        {
            _observers.TryGetValue(answer.WatchId, out observer);
            if (answer.Canceled)
            {
                _observers.Remove(answer.WatchId);
            }
        }

        if (answer.Canceled)
        {
            observer?.OnEnd(new DistributedLockUnavailableException($"etcd at {Member.Endpoint} ended a watch."));
            return;
        }

        if (answer.Created)
        {
            observer?.OnStart(answer.Header.Revision);
        }

        foreach (var change in answer.Events)
        {
            observer?.OnDelete(change.Kv.Key, change.Kv.ModRevision);
        }
    }

    protected override void OnEnd(Exception reason)
    {
        List<IDeleteObserver> left;
        lock (_lock)
        {
            left = [.. _observers.Values];
            _observers.Clear();
        }

        if (left.Count > 0 && !Connection.Stopping.IsCancellationRequested)
        {
            Log.WatchEnded(Connection.Logger, reason.Message);
        }

        left.ForEach(observer => observer.OnEnd(reason));
    }
}

/// <summary>Is told what a watch sees, in order, on one thread at a time.</summary>
internal interface IDeleteObserver
{
    /// <summary>Every delete after this revision will be told.</summary>
    void OnStart(long revision);

    /// <summary>A name was deleted.</summary>
    void OnDelete(ByteString name, long revision);

    /// <summary>Nothing more will be told.</summary>
    void OnEnd(Exception reason);
}
