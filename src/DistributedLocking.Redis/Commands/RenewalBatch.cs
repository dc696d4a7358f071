using System.Diagnostics;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Keys;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Commands;

/// <summary>Renews many leases in one pipeline: all are sent before the first answer is awaited.</summary>
/// <remarks>
/// The wait blocks, because the engine calls this on a thread of its own. An await would need a thread of the pool to go on, and while the pool is
/// starved there is none; a blocked wait on the client's own task needs none of ours. (The client may still need one to read from its socket.)
/// </remarks>
internal static class RenewalBatch
{
    internal static IReadOnlyList<RenewalReply> Run(
        IDatabase database, LockNames names, IReadOnlyList<RenewalRequest> batch, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var commands = new Command[batch.Count];
        for (var i = 0; i < commands.Length; i++)
        {
            var (lease, timeToLive) = batch[i];
            commands[i].Keys = [names.Lock(lease.Key)];
            commands[i].Values = [lease.OwnerId, RedisLockProvider.Milliseconds(timeToLive)];

            // The first carries the script, so the rest find it loaded, and a batch need not wait for "no such script" to be told to send it again.
            commands[i].Send(database, byHash: i > 0);
        }

        var replies = new RenewalReply[commands.Length];
        List<int> unknownScript = [];
        for (var i = 0; i < commands.Length; i++)
        {
            replies[i] = commands[i].Wait(timeout - Stopwatch.GetElapsedTime(started), timeout, cancellationToken);
            if (replies[i].Error?.InnerException is { } error && RedisFault.IsUnknownScript(error))
            {
                unknownScript.Add(i);
            }
        }

        foreach (var i in unknownScript)
        {
            commands[i].Send(database, byHash: false);
        }

        foreach (var i in unknownScript)
        {
            replies[i] = commands[i].Wait(timeout - Stopwatch.GetElapsedTime(started), timeout, cancellationToken);
        }

        return replies;
    }

    private struct Command
    {
        internal RedisKey[] Keys;
        internal RedisValue[] Values;
        private Task<RedisResult> _reply;

        internal void Send(IDatabase database, bool byHash)
        {
            try
            {
                _reply = byHash ? RedisScript.Renew.SendHashAsync(database, Keys, Values) : RedisScript.Renew.SendTextAsync(database, Keys, Values);
            }
            catch (Exception e)
            {
                _reply = Task.FromException<RedisResult>(e);
            }
        }

        internal readonly RenewalReply Wait(TimeSpan remaining, TimeSpan timeout, CancellationToken cancellationToken)
        {
            try
            {
#pragma warning disable VSTHRD002 // The thread is the engine's own and has nothing else to do; see the remarks of the class.
                return _reply.Wait(remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero, cancellationToken)
                    ? new RenewalReply((long)_reply.Result == 1 ? RenewalOutcome.Renewed : RenewalOutcome.Lost)
                    : new RenewalReply(RenewalOutcome.Unknown, RedisFault.TimedOut(timeout));
#pragma warning restore VSTHRD002
            }
            catch (Exception e) when (!RedisFault.IsCancellation(e, cancellationToken))
            {
                return new RenewalReply(RenewalOutcome.Unknown, RedisFault.Translate(e is AggregateException { InnerException: { } cause } ? cause : e));
            }
        }
    }
}
