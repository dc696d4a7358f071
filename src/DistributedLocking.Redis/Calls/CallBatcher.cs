using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Scripts;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Calls;

/// <summary>
/// Sends calls that come while others wait for their answers together, as one: a command costs client and server more
/// than what it does for a lock. A few calls are each sent at once, and none waits for an answer to another: a batch is
/// what has come by the time a thread of the pool sends it.
/// </summary>
/// <remarks>
/// Order is kept: while a call waits to be sent, none that could be batched is sent before it. Who has a place in a
/// queue goes by himself, which harms nobody: he finds the lock held that is about to be released, and the release
/// grants it to him.
/// </remarks>
/// <param name="runner">Sends calls by themselves.</param>
/// <param name="maxUnbatched">How many calls at once are each sent by themselves.</param>
internal sealed class CallBatcher(ScriptRunner runner, int maxUnbatched = CallBatcher.MaxUnbatched) : IScriptCalls, IThreadPoolWorkItem
{
    /// <summary>A few calls at once are answered soonest without a detour through the thread pool.</summary>
    internal const int MaxUnbatched = 4;

    /// <summary>The server does nothing else meanwhile, for some tenths of a millisecond.</summary>
    internal const int LargestBatch = 64;

    private readonly object _lock = new();
    private readonly List<BatchedCall> _waiting = [];
    private RedisSession? _session;
    private int _underWay;

    // From when a call waits until all have been sent. This is queued to the thread pool, or runs there, just as long.
    private volatile bool _isBusy;

    /// <summary>How many calls wait for their answer now.</summary>
    internal int UnderWay => Volatile.Read(ref _underWay);

    /// <inheritdoc />
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RedisResult> RunAsync(
        RedisSession session, RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken)
    {
        var isShared = IsShared(session.Scripts) && BatchedCall.Suits(script, values);
        Interlocked.Increment(ref _underWay);
        try
        {
            return (isShared ? await ShareAsync(session, script, keys, values, cancellationToken).ConfigureAwait(false) : null)
                ?? await runner.RunAsync(session, script, keys, values, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        CallBatch? batch = null;
        lock (_lock)
        {
            // One that was given up may have been followed by its owner's release, which nothing must come after.
            _waiting.RemoveAll(call => call.IsGivenUp);
            if (_waiting.Count > 0)
            {
                var calls = CollectionsMarshal.AsSpan(_waiting)[..Math.Min(_waiting.Count, LargestBatch)];
                batch = new CallBatch(calls);
                foreach (var call in calls)
                {
                    call.IsSent = true;
                }

                _waiting.RemoveRange(0, calls.Length);
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

    private bool IsShared(ScriptSupport scripts) => _isBusy || (UnderWay >= maxUnbatched && scripts is { MayBatch: true, MaySendHash: true });

    /// <returns>The answer; null when the call has to be made by itself.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RedisResult?> ShareAsync(
        RedisSession session, RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken)
    {
        var call = new BatchedCall(script == RedisScript.Acquire, keys, values, cancellationToken);
        Join(session, call);
        try
        {
            // The batch has a time-out.
            return await call.Answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            var isUnsent = TakeOut(call);
            await ScriptRunner.LeaveThreadAsync();
            throw new OperationCanceledException(e.Message, isUnsent ? RedisErrors.Unsent(e) : e, cancellationToken);
        }
    }

    private void Join(RedisSession session, BatchedCall call)
    {
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
    }

    /// <summary>Sees to it that a call which is given up is not sent. False when it has been.</summary>
    private bool TakeOut(BatchedCall call)
    {
        lock (_lock)
        {
            _waiting.Remove(call);
            return !call.IsSent;
        }
    }

    /// <summary>
    /// Sends a batch before it returns, and waits for its answer until the time-out, one for all of its calls. It
    /// reports to them, and never throws.
    /// </summary>
    private async Task SendAsync(CallBatch batch)
    {
        var session = _session!;
        var scripts = session.Scripts;
        Task<RedisResult>? reply = null;
        try
        {
            // With the text where the server may not know it: were it asked for, some of the calls might have been
            // given up, and must not be sent again.
            reply = RedisScript.Batch.SendAsync(session.Database, batch.Keys(), batch.Values(), byHash: scripts.Knows(RedisScript.Batch));
            var answers = await reply.WaitAsync(runner.Timeout, runner.Time).ConfigureAwait(false);
            scripts.NoteKnown(RedisScript.Batch);
            batch.Tell((RedisResult[])answers!);
        }
        catch (TimeoutException e) when (reply is not null && e is not RedisTimeoutException)
        {
            LateFailure.Ignore(reply, session.Outage);
            batch.Fail(runner.TimedOut);
        }
        catch (Exception e) when (e is RedisServerException or RedisCommandException)
        {
            if (!scripts.NeedsText(RedisScript.Batch, e) && RedisErrors.IsRefusal(e))
            {
                scripts.NoteBatchRefused();
            }

            // Each gets an answer of its own, which may be the same refusal.
            batch.Tell(null);
        }
        catch (Exception e)
        {
            session.Outage?.Note(e);
            batch.Fail(() => RedisErrors.Translate(e, session.Outage));
        }
    }
}
