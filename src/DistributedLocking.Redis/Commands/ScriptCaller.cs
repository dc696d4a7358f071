using System.Runtime.CompilerServices;
using DistributedLocking.Redis.Connections;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Commands;

/// <summary>Runs a script within the time-out: by its hash, and by its text where the server does not know the hash or the user may not use it.</summary>
internal sealed class ScriptCaller(PendingReplies replies)
{
    internal TimeSpan Timeout => replies.Timeout;

    /// <param name="session">The connection.</param>
    /// <param name="script">The script.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="values">Its arguments.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <param name="gate">What the commands have to pass, if anything.</param>
    /// <param name="textFirst">Whether to send the text at once, where there may be no second chance to.</param>
    /// <exception cref="DistributedLockUnavailableException">Redis failed, refused or did not answer in time.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<RedisResult> RunAsync(
        RedisSession session, RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken, SendGate? gate = null, bool textFirst = false)
    {
        try
        {
            if (session.Rights.MaySendHash && !textFirst)
            {
                try
                {
                    return await WaitAsync(session, SendAsync(byHash: true), cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (RedisFault.IsUnknownScript(e))
                {
                    // The text follows, and makes it known.
                }
                catch (Exception e) when (RedisFault.IsHashRefused(e))
                {
                    session.Rights.NoteHashRefused();
                }
            }

            return await WaitAsync(session, SendAsync(byHash: false), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!RedisFault.IsCancellation(e, cancellationToken))
        {
            throw RedisFault.Translate(e);
        }

        Task<RedisResult> SendAsync(bool byHash) =>
            gate is null ? script.SendAsync(session.Database, keys, values, byHash) : gate.SendAsync(script, session.Database, keys, values, byHash);
    }

    private ValueTask<RedisResult> WaitAsync(RedisSession session, Task<RedisResult> reply, CancellationToken cancellationToken) =>
        replies.WaitAsync(reply, RedisSession.IsCompletedOnSharedThread(session, reply), cancellationToken);
}
