using DistributedLocking.Providers;

namespace DistributedLocking.Redis.Queue;

/// <summary>An owner's place in a lock's queue, and the watch for its grant.</summary>
/// <remarks>
/// A grant counts only if it was made for the place that the owner's last request found it in. The word of an older one
/// may have been on its way for so long that the offer has lapsed since; the owner then has a place with another
/// number.
/// </remarks>
/// <param name="inbox">Where it is told of.</param>
/// <param name="ownerId">The owner.</param>
/// <param name="bucket">The bucket of the lock's fencing mark.</param>
internal sealed class QueuePlace(GrantInbox inbox, string ownerId, int bucket) : IKeyWatch
{
    private readonly object _lock = new();
    private WakeUpLatch? _latch;
    private GrantMessage? _grant;
    private long _number;

    internal string OwnerId { get; } = ownerId;

    internal int Bucket { get; } = bucket;

    /// <summary>The server's answer: the owner is in the queue.</summary>
    internal void Keep(long number)
    {
        lock (_lock)
        {
            _number = number;
            _latch ??= new WakeUpLatch();
            if (_grant is not null)
            {
                _latch.Set();
            }
        }
    }

    /// <summary>
    /// A grant was made to the owner. The client handles words on many threads, so one may overtake an older one.
    /// </summary>
    internal void Tell(GrantMessage grant)
    {
        lock (_lock)
        {
            if (_grant is null || grant.Place > _grant.Place)
            {
                _grant = grant;
            }

            _latch?.Set();
        }
    }

    /// <summary>The word of a grant may have been missed.</summary>
    internal void Wake()
    {
        lock (_lock)
        {
            _latch?.Set();
        }
    }

    public async ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken)
    {
        await (_latch ?? throw new InvalidOperationException("The owner is not in the queue.")).WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            var grant = _grant;
            _grant = null;
            return grant?.Place == _number ? new WakeUp(grant.Reply) : WakeUp.Changed;
        }
    }

    public ValueTask DisposeAsync()
    {
        inbox.Remove(this);
        return ValueTask.CompletedTask;
    }
}
