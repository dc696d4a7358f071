using System.Collections.Concurrent;
using DistributedLocking.Providers;
using DistributedLocking.Testing;

namespace DistributedLocking.ConformanceTests.Broken;

/// <summary>Releases whatever lease the key has, as a plain DEL does.</summary>
internal sealed class PlainDelete(ILockProvider inner, ConcurrentDictionary<string, string> holders) : DelegatingLockProvider(inner)
{
    public override async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var reply = await base.TryAcquireAsync(request, cancellationToken);
        if (reply.IsGranted)
        {
            holders[request.Key] = request.OwnerId;
        }

        return reply;
    }

    public override ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) =>
        base.ReleaseAsync(lease with { OwnerId = holders.GetValueOrDefault(lease.Key, lease.OwnerId) }, cancellationToken);
}

/// <summary>Makes the lease anew when the store has none, as a renewal by SET does.</summary>
internal sealed class RecreatingRenewal(ILockProvider inner) : DelegatingLockProvider(inner)
{
    public override async ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        List<RenewalReply> replies = [.. await base.RenewAsync(batch, cancellationToken)];
        for (var i = 0; i < replies.Count; i++)
        {
            var (lease, timeToLive) = batch[i];
            var request = new AcquireRequest { Key = lease.Key, OwnerId = lease.OwnerId, TimeToLive = timeToLive };
            if (replies[i].Outcome == RenewalOutcome.Lost && (await TryAcquireAsync(request, cancellationToken)).IsGranted)
            {
                replies[i] = new RenewalReply(RenewalOutcome.Renewed);
            }
        }

        return replies;
    }
}

/// <summary>Says "renewed" and does nothing.</summary>
internal sealed class IdleRenewal(ILockProvider inner) : DelegatingLockProvider(inner)
{
    public override ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<RenewalReply>>([.. batch.Select(_ => new RenewalReply(RenewalOutcome.Renewed))]);
}

/// <summary>Grants to everybody.</summary>
internal sealed class GrantsAlways(ILockProvider inner) : DelegatingLockProvider(inner)
{
    private static long _token;

    public override ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(AcquireReply.Granted(Interlocked.Increment(ref _token)));

    public override ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) => ValueTask.FromResult(true);
}

/// <summary>Changes the grants' tokens.</summary>
internal sealed class OtherTokens(ILockProvider inner, Func<long, long> token) : DelegatingLockProvider(inner)
{
    public override async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        await base.TryAcquireAsync(request, cancellationToken) is { IsGranted: true } reply ? AcquireReply.Granted(token(reply.FencingToken)) : AcquireReply.NotGranted();
}

/// <summary>Maps keys so that some become one.</summary>
internal sealed class OtherKeys(ILockProvider inner, Func<string, string> map) : DelegatingLockProvider(inner)
{
    public override ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        base.TryAcquireAsync(request with { Key = map(request.Key) }, cancellationToken);

    public override ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) =>
        base.ReleaseAsync(lease with { Key = map(lease.Key) }, cancellationToken);
}

/// <summary>Gives the store another time to live than was asked for.</summary>
internal sealed class OtherTimeToLive(ILockProvider inner, Func<TimeSpan, TimeSpan> timeToLive) : DelegatingLockProvider(inner)
{
    public override ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        base.TryAcquireAsync(request with { TimeToLive = timeToLive(request.TimeToLive) }, cancellationToken);
}

/// <summary>Takes a failing store for somebody else who holds the key.</summary>
internal sealed class FailureAsContention(ILockProvider inner) : DelegatingLockProvider(inner)
{
    public override ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return base.TryAcquireAsync(request, cancellationToken);
        }
        catch (IOException)
        {
            return ValueTask.FromResult(AcquireReply.NotGranted());
        }
    }
}

/// <summary>Starts watches that never wake anybody.</summary>
internal sealed class DeafWatch(ILockProvider inner) : DelegatingLockProvider(inner)
{
    public override ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken) => ValueTask.FromResult<IKeyWatch?>(new Watch());

    private sealed class Watch : IKeyWatch
    {
        public async ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return WakeUp.Changed;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
