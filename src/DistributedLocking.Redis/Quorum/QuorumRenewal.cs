using System.Diagnostics;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Renewals;

namespace DistributedLocking.Redis.Quorum;

/// <summary>
/// Renews many leases on all servers of a quorum, in one pipeline each. A lease is decided by the first answers that
/// are enough.
/// </summary>
/// <remarks>The wait blocks for the reason that <see cref="RenewalThread"/> gives.</remarks>
internal static class QuorumRenewal
{
    /// <param name="sessions">The servers' connections; null where there is none now.</param>
    /// <param name="names">The names of the locks.</param>
    /// <param name="batch">The leases.</param>
    /// <param name="timeout">How long the answers may take.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal static IReadOnlyList<RenewalReply> Run(
        IReadOnlyList<RedisSession?> sessions, LockNames names, IReadOnlyList<RenewalRequest> batch, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var rule = new QuorumRule(sessions.Count);
        var pipelines = sessions.OfType<RedisSession>().Select(session => RenewalPipeline.Send(session.Database, names, batch, session.Scripts, session.Outage)).ToList();
        try
        {
            var replies = new RenewalReply[batch.Count];
            for (var i = 0; i < replies.Length; i++)
            {
                replies[i] = Decide(rule, pipelines, i, started, timeout, cancellationToken);
            }

            return replies;
        }
        finally
        {
            pipelines.ForEach(pipeline => pipeline.End());
        }
    }

    private static RenewalReply Decide(
        QuorumRule rule, List<RenewalPipeline> pipelines, int index, long started, TimeSpan timeout, CancellationToken cancellationToken)
    {
        int renewed = 0, lost = 0;
        List<Exception> errors = [];
        var pending = new List<RenewalPipeline>(pipelines);
        while (renewed < rule.Majority && lost <= rule.Spare && pending.Count > 0)
        {
            var remaining = timeout - Stopwatch.GetElapsedTime(started);
            var replies = new Task[pending.Count];
            for (var i = 0; i < replies.Length; i++)
            {
                replies[i] = pending[i].Replies[index];
            }

#pragma warning disable VSTHRD002 // The thread is the engine's own and has nothing else to do.
            var answered = Task.WaitAny(replies, remaining > TimeSpan.Zero ? (int)remaining.TotalMilliseconds : 0, cancellationToken);
#pragma warning restore VSTHRD002
            if (answered < 0)
            {
                errors.Add(RedisErrors.TimedOut(timeout, pending[0].Outage, nameof(RedisLockOptions.ServerTimeout)));
                break;
            }

            var pipeline = pending[answered];
            if (pipeline.NeedsText(index))
            {
                pipeline.Resend(index);
                continue;
            }

            pending.RemoveAt(answered);
            var reply = pipeline.Read(index);
            renewed += reply.Outcome == RenewalOutcome.Renewed ? 1 : 0;
            lost += reply.Outcome == RenewalOutcome.Lost ? 1 : 0;
            if (reply.Error is { } error)
            {
                errors.Add(error);
            }
        }

        return renewed >= rule.Majority ? new RenewalReply(RenewalOutcome.Renewed)
            : lost > rule.Spare ? new RenewalReply(RenewalOutcome.Lost)
            : new RenewalReply(RenewalOutcome.Unknown, QuorumErrors.TooFew(rule, renewed, "renewed the lease", errors));
    }
}
