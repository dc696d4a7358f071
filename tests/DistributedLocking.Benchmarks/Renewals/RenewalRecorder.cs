using System.Collections.Concurrent;
using System.Diagnostics;
using DistributedLocking.Providers;
using DistributedLocking.Testing;

namespace DistributedLocking.Benchmarks.Renewals;

/// <summary>Notes when the engine sends which renewals.</summary>
internal sealed class RenewalRecorder(ILockProvider inner) : DelegatingLockProvider(inner)
{
    private readonly ConcurrentDictionary<string, long> _lastByOwner = new(StringComparer.Ordinal);
    private readonly object _lock = new();
    private int _batches;
    private int _renewals;
    private int _failures;
    private TimeSpan _longestGap;

    public override async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        // As the engine does, from before the request is sent.
        var sent = Stopwatch.GetTimestamp();
        var reply = await base.TryAcquireAsync(request, cancellationToken);
        _lastByOwner.TryAdd(request.OwnerId, sent);
        return reply;
    }

    public override async ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        var sent = Stopwatch.GetTimestamp();
        var replies = await base.RenewAsync(batch, cancellationToken);
        lock (_lock)
        {
            _batches++;
            _renewals += batch.Count;
            _failures += replies.Count(reply => reply.Outcome != RenewalOutcome.Renewed);
            foreach (var request in batch)
            {
                var owner = request.Lease.OwnerId;
                var gap = _lastByOwner.TryGetValue(owner, out var last) ? Stopwatch.GetElapsedTime(last, sent) : TimeSpan.Zero;
                _longestGap = gap > _longestGap ? gap : _longestGap;
                _lastByOwner[owner] = sent;
            }
        }

        return replies;
    }

    /// <summary>
    /// What has been noted since the last call. The gap is the longest between two renewals of a lock, or its
    /// acquisition and the first.
    /// </summary>
    internal (int Batches, int Renewals, int Failures, TimeSpan LongestGap) Take()
    {
        lock (_lock)
        {
            var taken = (_batches, _renewals, _failures, _longestGap);
            (_batches, _renewals, _failures, _longestGap) = (0, 0, 0, TimeSpan.Zero);
            return taken;
        }
    }
}
