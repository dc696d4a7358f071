using DistributedLocking.Engine.Leases;
using DistributedLocking.Engine.Time;
using DistributedLocking.Providers;
using DistributedLocking.Telemetry;

namespace DistributedLocking.Engine.Renewals;

/// <summary>
/// Sends renewals and extensions to the store. What falls due while a batch is being sent goes into the next one. The
/// sending has a thread of its own, which a provider may block, so that neither a starved thread pool nor a slow store
/// holds up the lease clock.
/// </summary>
internal sealed class LeaseRenewer : IDisposable
{
    private readonly object _lock = new();
    private readonly ILockProvider _provider;
    private readonly Clock _clock;
    private readonly LeaseKeeper _keeper;
    private readonly LockReporter _reporter;
    private readonly RenewalOutage _outage;
    private readonly Alarm _alarm;
    private readonly CancellationTokenSource _stop = new();
    private List<RenewalJob> _queue = [];
    private bool _disposed;

    internal LeaseRenewer(ILockProvider provider, Clock clock, LeaseKeeper keeper, LockReporter reporter)
    {
        _provider = provider;
        _clock = clock;
        _keeper = keeper;
        _reporter = reporter;
        _outage = new RenewalOutage(clock, reporter, keeper.AnyRenewalFails);
        _alarm = Alarm.Create("DistributedLocking renewals", clock, SendQueue);
    }

    internal void Enqueue(List<Lease> leases)
    {
        lock (_lock)
        {
            _queue.AddRange(leases.Select(lease => new RenewalJob(lease.Reference, lease.TimeToLive, lease, null)));
        }

        _alarm.Ring();
    }

    /// <summary>Gives the lease a time to live from now on, after whatever renewal of it is in flight.</summary>
    internal async Task<RenewalReply> ExtendAsync(Lease lease, TimeSpan timeToLive)
    {
        await lease.Operation.WaitAsync().ConfigureAwait(false);
        if (!lease.IsHeldState)
        {
            // It ended meanwhile; what was released must not be made to last.
            lease.Operation.Release();
            return new RenewalReply(RenewalOutcome.Lost);
        }

        return await EnqueueAsync(lease.Reference, timeToLive, lease).ConfigureAwait(false);
    }

    /// <summary>Asks the store once to renew what is no lease of ours yet.</summary>
    internal Task<RenewalReply> ConfirmAsync(LeaseReference offer, TimeSpan timeToLive) => EnqueueAsync(offer, timeToLive, lease: null);

    /// <summary>Ends the sending. The store is not asked any more, and who waits for an extension is told so.</summary>
    public void Dispose()
    {
        List<RenewalJob> queue;
        lock (_lock)
        {
            _disposed = true;
            (queue, _queue) = (_queue, []);
        }

        _stop.CancelInBackground();
        _alarm.Dispose();
        foreach (var job in queue.Where(job => job.Completion is not null))
        {
            Refuse(job);
        }
    }

    private Task<RenewalReply> EnqueueAsync(LeaseReference reference, TimeSpan timeToLive, Lease? lease)
    {
        var completion = new TaskCompletionSource<RenewalReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        var job = new RenewalJob(reference, timeToLive, lease, completion);
        lock (_lock)
        {
            if (!_disposed)
            {
                _queue.Add(job);
                job = null;
            }
        }

        if (job is not null)
        {
            // Nobody sends it any more.
            Refuse(job);
            return completion.Task;
        }

        _alarm.Ring();
        return completion.Task;
    }

    private void Refuse(RenewalJob job) =>
        Apply(job, new RenewalReply(RenewalOutcome.Unknown, new ObjectDisposedException(nameof(DistributedLock))), _clock.Now);

    private void SendQueue()
    {
        List<RenewalJob> queue;
        lock (_lock)
        {
            queue = _queue;
            _queue = [];
        }

        // An extension holds its lease's operation already; a renewal that meets one yields to it.
        var batch = queue.FindAll(job => job.Completion is not null || TryBegin(job.Lease!));
        if (batch.Count > 0)
        {
            _ = SendAsync(batch);
        }
    }

    private static bool TryBegin(Lease lease)
    {
        if (!lease.IsHeldState || !lease.Operation.Wait(0))
        {
            return false;
        }

        // Looked at again: whoever released it meanwhile, and may have handed it on, relies on that nothing is sent any
        // more.
        if (lease.IsHeldState)
        {
            return true;
        }

        lease.Operation.Release();
        return false;
    }

    private async Task SendAsync(List<RenewalJob> batch)
    {
        var sentAt = _clock.Now;
        var isTold = new int[batch.Count];
        Exception? failure = null;
        try
        {
            var requests = new RenewalRequest[batch.Count];
            for (var i = 0; i < requests.Length; i++)
            {
                var (reference, timeToLive, lease, _) = batch[i];
                requests[i] = new RenewalRequest(reference, timeToLive);
                if (lease is not null && lease.BeginRenewal(_clock, sentAt, timeToLive))
                {
                    _keeper.Reschedule(lease, lease.NextRenewal);
                }
            }

            await _provider.RenewEachAsync(requests, Tell, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
        }

        for (var i = 0; i < batch.Count; i++)
        {
            Tell(i, new RenewalReply(RenewalOutcome.Unknown, failure));
        }

        _outage.EndBatch();

        // As soon as it has come: the answers of other parts of the store may take so long that this lease would end
        // meanwhile.
        void Tell(int index, RenewalReply reply)
        {
            if (index < isTold.Length && Interlocked.Exchange(ref isTold[index], 1) == 0)
            {
                Apply(batch[index], reply, sentAt);
            }
        }
    }

    private void Apply(RenewalJob job, RenewalReply reply, long sentAt)
    {
        if (job.Lease is { } lease)
        {
            reply = Apply(lease, job.TimeToLive, reply, sentAt);
            lease.Operation.Release();
        }

        _reporter.Renewal(reply.Outcome);
        job.Completion?.TrySetResult(reply);
    }

    private RenewalReply Apply(Lease lease, TimeSpan timeToLive, RenewalReply reply, long sentAt)
    {
        if (reply.Outcome == RenewalOutcome.Renewed)
        {
            lease.SettleUnknownRenewals(reply.Connection);
        }

        switch (reply.Outcome)
        {
            case RenewalOutcome.Renewed when lease.TryProlong(_clock, sentAt, timeToLive):
                lease.TimeToLive = timeToLive;
                _outage.NoteRenewed(lease);
                _keeper.Reschedule(lease, lease.RenewalAfter(_clock, sentAt, timeToLive));
                return reply;
            case RenewalOutcome.Renewed:
                // The answer came after the deadline; asking whether it is held ends the lease.
                _ = _keeper.IsHeld(lease);
                return new RenewalReply(RenewalOutcome.Lost);
            case RenewalOutcome.Lost:
                _keeper.End(lease, LossReason.TakenAway);
                return reply;
            default:
                lease.NoteUnknownRenewal(timeToLive, reply.Connection);
                RetrySoon(lease, reply.Error);
                return reply;
        }
    }

    private void RetrySoon(Lease lease, Exception? error)
    {
        if (!lease.IsHeldState)
        {
            return;
        }

        _outage.NoteFailed(lease, error);
        _keeper.Reschedule(
            lease, lease.AutoRenew ? _clock.After(_clock.Now, LeaseTerms.RenewalRetryDelay(lease.RenewalInterval)) : Clock.Never);
    }
}
