using DistributedLocking.Engine.Leases;
using DistributedLocking.Providers;

namespace DistributedLocking.Engine.Renewals;

/// <summary>
/// A lease to renew, or an offer that is no lease yet. An extension has somebody who waits for the reply.
/// </summary>
internal sealed record RenewalJob(LeaseReference Reference, TimeSpan TimeToLive, Lease? Lease, TaskCompletionSource<RenewalReply>? Completion);
