using DistributedLocking.Providers;
using DistributedLocking.Redis.Calls;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Renewals;
using DistributedLocking.Redis.Scripts;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Replicas;

/// <summary>Grants and renewals that count only when enough replicas have them.</summary>
/// <remarks>
/// WAIT stops everything behind it on its connection, so they have one of their own. All grants that are asked for
/// while one batch is under way share the next, with one WAIT; a batch that takes longer than the replicas may does not
/// hold up the next.
/// </remarks>
internal sealed class ReplicatedCalls : IScriptCalls, IAsyncDisposable
{
    private readonly RedisConnection _connection;
    private readonly IScriptCalls _others;
    private readonly TimeProvider _time;
    private readonly int _minReplicas;
    private readonly TimeSpan _replicaTimeout;
    private readonly TimeSpan _timeout;
    private readonly object _lock = new();
    private readonly List<Call> _waiting = [];
    private bool _isSending;

    /// <param name="connection">The connection to the same server for everything else.</param>
    /// <param name="others">What makes the calls that need no proof, over that one.</param>
    /// <param name="options">The validated options.</param>
    /// <param name="time">The clock of the time-outs.</param>
    internal ReplicatedCalls(RedisConnection connection, IScriptCalls others, RedisLockOptions options, TimeProvider time)
    {
        _others = others;
        _time = time;
        _minReplicas = options.MinReplicas;
        _replicaTimeout = options.ReplicaTimeout;

        // For a batch: it may be behind another, and each waits for the replicas.
        _timeout = options.CommandTimeout + (2 * options.ReplicaTimeout);
        _connection = connection.Another(_timeout);
    }

    /// <inheritdoc />
    /// <remarks>A grant that too few replicas have is taken back, and is a failure.</remarks>
    public async ValueTask<RedisResult> RunAsync(
        RedisSession session, RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken)
    {
        var release = script == RedisScript.Acquire ? RedisScript.Release : script == RedisScript.AcquireShared ? RedisScript.ReleaseShared : null;
        if (release is null)
        {
            return await _others.RunAsync(session, script, keys, values, cancellationToken).ConfigureAwait(false);
        }

        var (reply, unconfirmed) = await RunAsync(new Call(script, keys, values, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (unconfirmed is null || !AcquireAnswer.Read(reply).IsGrant)
        {
            return reply;
        }

        try
        {
            await _others.RunAsync(session, release, keys, [values[0]], cancellationToken).ConfigureAwait(false);
        }
        catch (DistributedLockUnavailableException)
        {
            // The engine goes on trying, as it does after each attempt that failed.
        }

        throw unconfirmed;
    }

    /// <summary>Sends renewals. What too few replicas confirm is unknown.</summary>
    /// <exception cref="DistributedLockUnavailableException">There is no connection now.</exception>
    internal async ValueTask<RenewalRound> RenewAsync(
        LockNames names, IReadOnlyList<RenewalRequest> batch, Action<int, RenewalReply> onReply, CancellationToken cancellationToken)
    {
        var session = await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        ReplicaTopology.Check(session);

        // The client would keep it until its own time-out, for a server that may never come back; a later try can go to
        // the one that takes its place.
        return batch.Count == 0 || session.Database.IsConnected(names.Lock(batch[0].Lease.Key), CommandFlags.DemandMaster)
            ? new ReplicatedRenewals(session, names, batch, () => new ReplicaProof(_minReplicas, _replicaTimeout), _timeout, onReply, cancellationToken)
            : throw RedisErrors.NotConnected(session.Outage);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async ValueTask<(RedisResult Reply, DistributedLockUnavailableException? Unconfirmed)> RunAsync(Call call, CancellationToken cancellationToken)
    {
        Enqueue(call);
        try
        {
            return await call.Answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (TakeOut(call))
        {
            throw new OperationCanceledException(e.Message, RedisErrors.Unsent(e), cancellationToken);
        }
    }

    private void Enqueue(Call call)
    {
        lock (_lock)
        {
            _waiting.Add(call);
            if (!_isSending)
            {
                _isSending = true;
                _ = SendAllAsync();
            }
        }
    }

    /// <summary>Sees to it that a call which is given up is not sent. False when it has been.</summary>
    private bool TakeOut(Call call)
    {
        lock (_lock)
        {
            _waiting.Remove(call);
            return !call.IsSent;
        }
    }

    private async Task SendAllAsync()
    {
        while (Take() is { } calls)
        {
            try
            {
                await SendAndReportAsync(calls).WaitAsync(_replicaTimeout, _time).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // It has a time-out of its own. The connection may be another by now, so what has come meanwhile is
                // sent too.
            }
        }
    }

    private List<Call>? Take()
    {
        lock (_lock)
        {
            var calls = _waiting.FindAll(call => !call.IsGivenUp);
            calls.ForEach(call => call.IsSent = true);
            _waiting.Clear();
            _isSending = calls.Count > 0;
            return _isSending ? calls : null;
        }
    }

    /// <summary>It never throws.</summary>
    private async Task SendAndReportAsync(List<Call> calls)
    {
        try
        {
            await SendAsync(calls).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            var fault = RedisErrors.Translate(e, _connection.Outage);
            calls.ForEach(call => call.Fail(fault));
        }
    }

    private async Task SendAsync(List<Call> calls)
    {
        var session = await _connection.OpenAsync(CancellationToken.None).ConfigureAwait(false);
        ReplicaTopology.Check(session);
        var proof = new ReplicaProof(_minReplicas, _replicaTimeout);
        var batch = session.Database.CreateBatch();
        proof.Begin(batch);
        var replies = calls.ConvertAll(call => call.Script.SendAsync(batch, call.Keys, call.Values, session.Scripts.MaySendHash && !call.NeedsText));
        proof.End(batch);
        batch.Execute();
        var all = Task.WhenAll([.. replies, .. proof.Answers]);
        try
        {
            await all.WaitAsync(_timeout, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            LateFailure.Ignore(all);
            throw RedisErrors.TimedOut(_timeout, _connection.Outage);
        }
        catch (Exception)
        {
            // Each is looked at below.
        }

        var unconfirmed = proof.Failure();
        for (var i = 0; i < calls.Count; i++)
        {
            Answer(session, calls[i], replies[i], unconfirmed);
        }
    }

    private void Answer(RedisSession session, Call call, Task<RedisResult> reply, DistributedLockUnavailableException? unconfirmed)
    {
        try
        {
#pragma warning disable VSTHRD002 // It has ended.
            call.Answer.TrySetResult((reply.GetAwaiter().GetResult(), unconfirmed));
#pragma warning restore VSTHRD002
        }
        catch (Exception e) when (!call.NeedsText && session.Scripts.NeedsText(call.Script, e))
        {
            call.NeedsText = true;
            Enqueue(call);
        }
        catch (Exception e)
        {
            call.Fail(RedisErrors.Translate(e, session.Outage));
        }
    }

    private sealed class Call(RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken)
        : PendingCall<(RedisResult Reply, DistributedLockUnavailableException? Unconfirmed)>(keys, values, cancellationToken)
    {
        internal RedisScript Script => script;

        internal bool NeedsText { get; set; }
    }
}
