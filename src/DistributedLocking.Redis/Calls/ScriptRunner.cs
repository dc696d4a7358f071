using System.Runtime.CompilerServices;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Scripts;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Calls;

/// <summary>
/// Runs scripts within the time-out: by their hash, and by their text where the server does not know the hash or the
/// user may not use it.
/// </summary>
/// <param name="timeout">How long an answer may take.</param>
/// <param name="time">The clock.</param>
/// <param name="timeoutName">The option that says so.</param>
/// <param name="outage">Knows why there may be no answer.</param>
internal sealed class ScriptRunner(
    TimeSpan timeout, TimeProvider time, string timeoutName = nameof(RedisLockOptions.CommandTimeout), ConnectionOutage? outage = null)
{
    internal TimeSpan Timeout => timeout;

    internal TimeProvider Time => time;

    /// <summary>Runs a script.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="script">The script.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="values">Its arguments.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <param name="gate">What the commands have to pass, if anything.</param>
    /// <param name="isOnlyChance">
    /// Whether there may be no second chance, so that the text is sent at once where the server may not know the hash.
    /// </param>
    /// <exception cref="DistributedLockUnavailableException">
    /// Redis failed, refused or did not answer in time.
    /// </exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<RedisResult> RunAsync(
        RedisSession session,
        RedisScript script,
        RedisKey[] keys,
        RedisValue[] values,
        CancellationToken cancellationToken,
        SendGate? gate = null,
        bool isOnlyChance = false)
    {
        for (var byHash = session.Scripts.MaySendHash && !(isOnlyChance && !session.Scripts.Knows(script)); ; byHash = false)
        {
            var reply = gate is null
                ? script.SendAsync(session.Database, keys, values, byHash)
                : gate.SendAsync(script, session.Database, keys, values, byHash);

            // Without this option the client may complete it on a thread that serves other commands too.
            var mayBlockClient = !reply.IsCompleted && !reply.CreationOptions.HasFlag(TaskCreationOptions.RunContinuationsAsynchronously);
            try
            {
                var answer = await reply.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
                if (mayBlockClient)
                {
                    await LeaveThreadAsync();
                }

                session.Scripts.NoteKnown(script);
                return answer;
            }
            catch (Exception e) when (byHash && session.Scripts.NeedsText(script, e) && !cancellationToken.IsCancellationRequested)
            {
                // Whoever gives the call up is not told before the text has been sent, so nothing that cleans up after
                // it overtakes it.
            }
            catch (Exception e)
            {
                LateFailure.Ignore(reply, outage);
                await LeaveThreadAsync();
                if (RedisErrors.IsCancellation(e, cancellationToken))
                {
                    throw;
                }

                throw e is TimeoutException and not RedisTimeoutException ? TimedOut() : RedisErrors.Translate(e, outage);
            }
        }
    }

    /// <summary>Runs a script that answers 1 or 0.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="script">The script.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="values">Its arguments.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <returns>Whether the answer is 1.</returns>
    /// <exception cref="DistributedLockUnavailableException">
    /// Redis failed, refused or did not answer in time.
    /// </exception>
    internal async ValueTask<bool> RunBooleanAsync(
        RedisSession session, RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken) =>
        (long)await RunAsync(session, script, keys, values, cancellationToken).ConfigureAwait(false) == 1;

    /// <summary>What a call is told whose answer has not come in time.</summary>
    internal DistributedLockUnavailableException TimedOut() => RedisErrors.TimedOut(timeout, outage, timeoutName);

    /// <summary>
    /// Goes on elsewhere: the thread is the client's, or that of whoever cancels, who must not run the caller's code.
    /// </summary>
    internal static ConfiguredTaskAwaitable LeaveThreadAsync() => Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
}
