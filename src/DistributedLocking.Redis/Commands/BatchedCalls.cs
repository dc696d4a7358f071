using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DistributedLocking.Redis.Connections;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Commands;

/// <summary>
/// Sends calls that come while others wait for their answers together, as one: a command costs client and server more than what it does for a lock. A few
/// calls are each sent at once, and none waits for an answer to another: a batch is what has come by the time a thread of the pool sends it.
/// </summary>
/// <remarks>
/// Order is kept: while a call waits to be sent, none that could be batched is sent before it. Who has a place in a queue goes by himself, which harms nobody:
/// he finds the lock held that is about to be released, and the release grants it to him.
/// </remarks>
/// <param name="caller">Sends calls, and batches, by themselves.</param>
/// <param name="mostAlone">How many calls at once are each sent by themselves.</param>
internal sealed class BatchedCalls(ScriptCaller caller, int mostAlone) : IThreadPoolWorkItem
{
    /// <summary>A few calls at once are answered soonest without a detour through the thread pool.</summary>
    internal const int MostAlone = 4;

    /// <summary>The server does nothing else meanwhile, for some tenths of a millisecond.</summary>
    internal const int LargestBatch = 64;

    private readonly object _lock = new();
    private readonly List<BatchedCall> _waiting = [];
    private RedisSession? _session;

    // From when a call waits until all have been sent. This is queued to the thread pool, or runs there, just as long.
    private volatile bool _isBusy;

    /// <summary>Runs <see cref="RedisScript.Acquire"/> for one lock.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="keys">The script's keys.</param>
    /// <param name="values">Its arguments.</param>
    /// <param name="cancellationToken">Ends the wait for the answer. A call that has not been sent yet then never is.</param>
    /// <exception cref="DistributedLockUnavailableException">Redis failed, refused or did not answer in time.</exception>
    internal ValueTask<RedisResult> AcquireAsync(RedisSession session, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken) =>
        IsShared(session, RedisScript.Acquire, values)
            ? ShareAsync(session, RedisScript.Acquire, keys, values, cancellationToken)
            : caller.RunAsync(session, RedisScript.Acquire, keys, values, cancellationToken);

    /// <summary>Runs <see cref="RedisScript.Release"/> for one lock in the same way. False when the owner does not hold it.</summary>
    internal ValueTask<bool> ReleaseAsync(RedisSession session, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken) =>
        IsShared(session, RedisScript.Release, values)
            ? ShareReleaseAsync(session, keys, values, cancellationToken)
            : caller.CheckAsync(session, RedisScript.Release, keys, values, cancellationToken);

    void IThreadPoolWorkItem.Execute()
    {
        CallBatch? batch = null;
        lock (_lock)
        {
            // One that was given up may have been followed by its owner's release, which nothing must come after.
            _waiting.RemoveAll(call => !call.Reply.IsPending);
            if (_waiting.Count > 0)
            {
                var count = Math.Min(_waiting.Count, LargestBatch);
                batch = new CallBatch(CollectionsMarshal.AsSpan(_waiting)[..count]);
                _waiting.RemoveRange(0, count);
            }
        }

        if (batch is not null)
        {
            _ = SendAsync(batch);
        }

        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                _isBusy = false;
                return;
            }
        }

        // Behind what the pool has to do already, which may be more calls for the next batch.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private bool IsShared(RedisSession session, RedisScript script, RedisValue[] values) =>
        (_isBusy || (caller.UnderWay >= mostAlone && session.Rights is { MayBatch: true, MaySendHash: true })) && BatchedCall.Suits(script, values);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ShareReleaseAsync(RedisSession session, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken) =>
        (long)await ShareAsync(session, RedisScript.Release, keys, values, cancellationToken).ConfigureAwait(false) == 1;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RedisResult> ShareAsync(
        RedisSession session, RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken)
    {
        var answer = await JoinAsync(session, new BatchedCall(caller.Begin(), script == RedisScript.Acquire, keys, values), cancellationToken).ConfigureAwait(false);
        return answer ?? await caller.RunAsync(session, script, keys, values, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<RedisResult?> JoinAsync(RedisSession session, BatchedCall call, CancellationToken cancellationToken)
    {
        var answer = call.Reply.StartAsync(cancellationToken);
        bool isFirst;
        lock (_lock)
        {
            _session = session;
            _waiting.Add(call);
            isFirst = !_isBusy;
            _isBusy = true;
        }

        if (isFirst)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return answer;
    }

    /// <summary>Sends a batch before it returns. It reports to the calls, and never throws.</summary>
    private async Task SendAsync(CallBatch batch)
    {
        var session = _session!;
        try
        {
            var answers = await caller.RunAsync(session, RedisScript.Batch, batch.Keys(), batch.Values(), CancellationToken.None).ConfigureAwait(false);
            batch.Tell((RedisResult[])answers!);
        }
        catch (DistributedLockUnavailableException e) when (e.InnerException is RedisServerException or RedisCommandException)
        {
            // Each gets an answer of its own, which may be the same refusal.
            if (!e.IsTransient)
            {
                session.Rights.NoteBatchRefused();
            }

            batch.Tell(null);
        }
        catch (Exception e)
        {
            batch.Fail(e);
        }
    }
}
