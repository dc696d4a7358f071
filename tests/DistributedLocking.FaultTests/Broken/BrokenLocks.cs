using System.Collections.Concurrent;
using DistributedLocking.FaultTests.Stores;
using DistributedLocking.Providers;
using DistributedLocking.Testing;

namespace DistributedLocking.FaultTests.Broken;

/// <summary>Releases with a plain DEL, as many a recipe does: whoever holds the key.</summary>
internal sealed class PlainDelete(ILockProvider inner, RedisUnderTest store) : DelegatingLockProvider(inner)
{
    public override async ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken)
    {
        await using var wire = await store.ConnectAsync();
        return await wire.SendAsync("DEL", await RedisUnderTest.FindKeyAsync(wire, lease.Key)) == "1";
    }
}

/// <summary>
/// Renews with a plain SET, which makes the key anew when it is gone and takes it from whoever has it.
/// </summary>
internal sealed class RecreatingRenewal(ILockProvider inner, RedisUnderTest store) : DelegatingLockProvider(inner)
{
    private readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal);

    public override async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var reply = await base.TryAcquireAsync(request, cancellationToken);
        if (reply.IsGranted)
        {
            await using var wire = await store.ConnectAsync();
            _names[request.Key] = await RedisUnderTest.FindKeyAsync(wire, request.Key);
        }

        return reply;
    }

    public override async ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        await using var wire = await store.ConnectAsync();
        foreach (var (lease, timeToLive) in batch)
        {
            var milliseconds = ((long)timeToLive.TotalMilliseconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
            await wire.SendAsync("SET", _names[lease.Key], lease.OwnerId, "PX", milliseconds);
        }

        return [.. batch.Select(_ => new RenewalReply(RenewalOutcome.Renewed))];
    }
}

/// <summary>
/// Counts a lease from the reply on: it passes a grant on as an offer that it has received this moment, and confirms
/// that without asking the store.
/// </summary>
internal sealed class ClockFromReply(ILockProvider inner) : DelegatingLockProvider(inner)
{
    public override async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var reply = await base.TryAcquireAsync(request, cancellationToken);
        return reply.IsGranted ? AcquireReply.Granted(reply.FencingToken, offer: request.TimeToLive) : reply;
    }

    public override ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<RenewalReply>>([.. batch.Select(_ => new RenewalReply(RenewalOutcome.Renewed))]);
}
