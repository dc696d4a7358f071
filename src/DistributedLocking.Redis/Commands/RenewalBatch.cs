using System.Diagnostics;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Commands;

/// <summary>Renews many leases on one server, in one pipeline.</summary>
/// <remarks>
/// The wait blocks, because the engine calls this on a thread of its own. An await would need a thread of the pool to go on, and while the pool is
/// starved there is none; a blocked wait on the client's own task needs none of ours. (The client may still need one to read from its socket.)
/// </remarks>
internal static class RenewalBatch
{
    internal static IReadOnlyList<RenewalReply> Run(
        IDatabaseAsync database,
        LockNames names,
        IReadOnlyList<RenewalRequest> batch,
        TimeSpan timeout,
        CancellationToken cancellationToken,
        ScriptRights? rights = null,
        ConnectionOutage? outage = null)
    {
        var started = Stopwatch.GetTimestamp();
        return Wait(RenewalPipeline.Send(database, names, batch, rights ?? new ScriptRights(), outage), batch.Count, started, timeout, cancellationToken);
    }

    /// <summary>Waits for all answers, in order, until a time-out that counts from the start.</summary>
    internal static IReadOnlyList<RenewalReply> Wait(
        RenewalPipeline pipeline, int count, long started, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return WaitAll(pipeline, count, started, timeout, cancellationToken);
        }
        finally
        {
            pipeline.End();
        }
    }

    internal static RenewalReply WaitOne(RenewalPipeline pipeline, int index, long started, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var remaining = timeout - Stopwatch.GetElapsedTime(started);
#pragma warning disable VSTHRD002 // The thread is the engine's own and has nothing else to do; see the remarks of the class.
        var isAnswered = Task.WaitAny([pipeline.Replies[index]], remaining > TimeSpan.Zero ? (int)remaining.TotalMilliseconds : 0, cancellationToken) == 0;
#pragma warning restore VSTHRD002
        return isAnswered ? pipeline.Read(index) : new RenewalReply(RenewalOutcome.Unknown, RedisFault.TimedOut(timeout, pipeline.Outage));
    }

    private static RenewalReply[] WaitAll(RenewalPipeline pipeline, int count, long started, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var replies = new RenewalReply[count];
        List<int> again = [];
        for (var i = 0; i < count; i++)
        {
            replies[i] = WaitOne(pipeline, i, started, timeout, cancellationToken);
            if (replies[i].Outcome == RenewalOutcome.Unknown && pipeline.NeedsText(i))
            {
                again.Add(i);
            }
        }

        foreach (var i in again)
        {
            pipeline.Resend(i);
        }

        foreach (var i in again)
        {
            replies[i] = WaitOne(pipeline, i, started, timeout, cancellationToken);
        }

        return replies;
    }
}
