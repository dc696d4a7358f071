using System.Diagnostics;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Commands;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Replicas;

/// <summary>Grants and renewals that count only when enough replicas have them.</summary>
/// <remarks>
/// WAIT stops everything behind it on its connection, so they have one of their own. All grants that are asked for while one batch is under way share
/// the next, with one WAIT.
/// </remarks>
internal sealed class ReplicatedCalls : IAsyncDisposable
{
    private readonly RedisConnection _connection;
    private readonly TimeProvider _time;
    private readonly int _minReplicas;
    private readonly TimeSpan _replicaTimeout;
    private readonly TimeSpan _timeout;
    private readonly object _lock = new();
    private List<Call> _waiting = [];
    private bool _isSending;

    /// <param name="connection">The connection to the same server for everything else.</param>
    /// <param name="options">The validated options.</param>
    /// <param name="time">The clock of the time-outs.</param>
    internal ReplicatedCalls(RedisConnection connection, RedisLockOptions options, TimeProvider time)
    {
        _time = time;
        _minReplicas = options.MinReplicas;
        _replicaTimeout = options.ReplicaTimeout;

        // For a batch: it may be behind another, and each waits for the replicas.
        _timeout = options.CommandTimeout + (2 * options.ReplicaTimeout);
        _connection = connection.Another(_timeout);
    }

    /// <summary>Runs a script.</summary>
    /// <param name="script">The script.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="values">Its arguments.</param>
    /// <param name="cancellationToken">Ends the caller's wait; the script runs all the same.</param>
    /// <returns>What it returned, and why what it wrote can't be relied on, if it can't.</returns>
    /// <exception cref="DistributedLockUnavailableException">Redis failed, refused or did not answer in time.</exception>
    internal async ValueTask<(RedisResult Reply, DistributedLockUnavailableException? Unconfirmed)> RunAsync(
        RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken)
    {
        var call = new Call(script, keys, values);
        lock (_lock)
        {
            _waiting.Add(call);
            if (!_isSending)
            {
                _isSending = true;
                _ = SendAllAsync();
            }
        }

        return await call.Answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Renews on the engine's thread, see <see cref="RenewalBatch"/>. What too few replicas confirmed is unknown.</summary>
    internal async ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(LockNames names, IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        var session = _connection.Session ?? await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        ReplicaTopology.Check(session);

        // Twice where the server has to be sent the text: a batch can't be added to.
        return Renew(session, names, batch, cancellationToken) ?? Renew(session, names, batch, cancellationToken) ?? Refused(batch.Count);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static RenewalReply[] Refused(int count)
    {
        var replies = new RenewalReply[count];
        Array.Fill(replies, new RenewalReply(RenewalOutcome.Unknown, new DistributedLockUnavailableException("Redis lost the script again.")));
        return replies;
    }

    private RenewalReply[]? Renew(RedisSession session, LockNames names, IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var proof = new ReplicaProof(_minReplicas, _replicaTimeout);
        var commands = session.Database.CreateBatch();
        proof.Begin(commands);
        var pipeline = RenewalPipeline.Send(commands, names, batch, session.Rights, session.Outage);
        proof.End(commands);
        commands.Execute();

        try
        {
            return Wait(pipeline, proof, batch.Count, started, cancellationToken);
        }
        finally
        {
            pipeline.End();
            Array.ForEach([.. proof.Answers], answer => LateFailure.Ignore(answer));
        }
    }

    private RenewalReply[]? Wait(RenewalPipeline pipeline, ReplicaProof proof, int count, long started, CancellationToken cancellationToken)
    {
        var replies = new RenewalReply[count];
        for (var i = 0; i < replies.Length; i++)
        {
            replies[i] = RenewalBatch.WaitOne(pipeline, i, started, _timeout, cancellationToken);
            if (replies[i].Outcome == RenewalOutcome.Unknown && pipeline.NeedsText(i))
            {
                return null;
            }
        }

        var unconfirmed = Wait(proof, started, cancellationToken);
        for (var i = 0; i < replies.Length; i++)
        {
            replies[i] = unconfirmed is not null && replies[i].Outcome == RenewalOutcome.Renewed ? new RenewalReply(RenewalOutcome.Unknown, unconfirmed) : replies[i];
        }

        return replies;
    }

    private DistributedLockUnavailableException? Wait(ReplicaProof proof, long started, CancellationToken cancellationToken)
    {
        foreach (var answer in proof.Answers)
        {
            var remaining = _timeout - Stopwatch.GetElapsedTime(started);
#pragma warning disable VSTHRD002 // The thread is the engine's own and has nothing else to do.
            if (Task.WaitAny([answer], remaining > TimeSpan.Zero ? (int)remaining.TotalMilliseconds : 0, cancellationToken) < 0)
#pragma warning restore VSTHRD002
            {
                return RedisFault.TimedOut(_timeout, _connection.Outage);
            }
        }

        return proof.Failure();
    }

    private async Task SendAllAsync()
    {
        while (true)
        {
            List<Call> calls;
            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    _isSending = false;
                    return;
                }

                calls = _waiting;
                _waiting = [];
            }

            try
            {
                await SendAsync(calls).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                var fault = RedisFault.Translate(e, _connection.Outage);
                calls.ForEach(call => call.Fail(fault));
            }
        }
    }

    private async Task SendAsync(List<Call> calls)
    {
        var session = _connection.Session ?? await _connection.OpenAsync(CancellationToken.None).ConfigureAwait(false);
        ReplicaTopology.Check(session);
        var proof = new ReplicaProof(_minReplicas, _replicaTimeout);
        var batch = session.Database.CreateBatch();
        proof.Begin(batch);
        var replies = calls.ConvertAll(call => call.Script.SendAsync(batch, call.Keys, call.Values, session.Rights.MaySendHash && !call.NeedsText));
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
            throw RedisFault.TimedOut(_timeout, _connection.Outage);
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
        catch (Exception e) when (!call.NeedsText && session.Rights.NeedsText(e))
        {
            call.NeedsText = true;
            lock (_lock)
            {
                _waiting.Add(call);
            }
        }
        catch (Exception e)
        {
            call.Fail(RedisFault.Translate(e, session.Outage));
        }
    }

    private sealed class Call(RedisScript script, RedisKey[] keys, RedisValue[] values)
    {
        internal RedisScript Script => script;

        internal RedisKey[] Keys => keys;

        internal RedisValue[] Values => values;

        internal bool NeedsText { get; set; }

        internal TaskCompletionSource<(RedisResult Reply, DistributedLockUnavailableException? Unconfirmed)> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal void Fail(Exception error)
        {
            Answer.TrySetException(error);

            // Its caller may have gone.
            _ = Answer.Task.Exception;
        }
    }
}
