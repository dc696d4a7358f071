using DistributedLocking;

namespace TicketShop.Shop.Events;

/// <summary>What happened in this instance since the page's button was pressed: the time line is drawn from it.</summary>
internal sealed class EventLog(string instance)
{
    private readonly Lock gate = new();
    private readonly List<ShopEvent> events = [];

    internal IReadOnlyList<ShopEvent> Read()
    {
        lock (gate)
        {
            return [.. events];
        }
    }

    internal void Clear()
    {
        lock (gate)
        {
            events.Clear();
        }
    }

    /// <summary>Records that a buyer or a payment came in.</summary>
    internal void Begin(string key, int caller) => Add(key, caller, EventKind.Began);

    /// <summary>Records how a sale or payment ended.</summary>
    /// <returns>What <paramref name="work"/> returned: whether anything was written.</returns>
    internal async Task<bool> RecordAsync(string key, int caller, Func<Task<bool>> work)
    {
        try
        {
            var wrote = await work();
            Add(key, caller, wrote ? EventKind.Wrote : EventKind.Declined);
            return wrote;
        }
        catch (Exception exception)
        {
            Add(key, caller, exception is StaleFencingTokenException ? EventKind.Refused : EventKind.Failed);
            throw;
        }
    }

    /// <summary>Records that a lock is held, until it is lost or the result is disposed.</summary>
    internal IDisposable Watch(IDistributedLockHandle handle, int caller)
    {
        Add(handle.Key, caller, EventKind.Acquired, handle);
        return new LockWatch(this, handle, caller);
    }

    private void Add(string key, int caller, EventKind kind, IDistributedLockHandle? handle = null)
    {
        lock (gate)
        {
            events.Add(new ShopEvent(ShopEvent.Now(), instance, key, caller, kind, handle?.FencingToken, handle?.RemainingTime.TotalMilliseconds));
        }
    }

    private sealed class LockWatch : IDisposable
    {
        private readonly EventLog log;
        private readonly IDistributedLockHandle handle;
        private readonly int caller;
        private readonly CancellationTokenRegistration loss;
        private int ended;

        internal LockWatch(EventLog log, IDistributedLockHandle handle, int caller)
        {
            this.log = log;
            this.handle = handle;
            this.caller = caller;
            loss = handle.LostToken.Register(() => End(EventKind.Lost));
        }

        public void Dispose()
        {
            loss.Dispose();
            End(handle.IsHeld ? EventKind.Released : EventKind.Lost);
        }

        private void End(EventKind kind)
        {
            if (Interlocked.Exchange(ref ended, 1) == 0)
            {
                log.Add(handle.Key, caller, kind, handle);
            }
        }
    }
}
