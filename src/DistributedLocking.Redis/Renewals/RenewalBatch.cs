using System.Diagnostics;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;

namespace DistributedLocking.Redis.Renewals;

/// <summary>Renews many leases, each with a command of its own, in one pipeline for each server.</summary>
internal sealed class RenewalBatch : RenewalRound
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly RenewalPipeline _pipeline;
    private readonly RedisSession _session;
    private readonly long? _sentOn;
    private readonly bool[] _isTold;
    private int _first;
    private long _lookedAt;

    /// <summary>Sends it.</summary>
    internal RenewalBatch(
        RedisSession session,
        LockNames names,
        IReadOnlyList<RenewalRequest> batch,
        TimeSpan timeout,
        Action<int, RenewalReply> onReply,
        CancellationToken cancellationToken)
        : base(onReply, timeout, cancellationToken)
    {
        _session = session;
        _isTold = new bool[batch.Count];

        // Of an answer, the connection is looked up after it has come. Where it is the same, all in between went over
        // that one.
        _sentOn = session.ConnectionNumber;
        _pipeline = RenewalPipeline.Send(session.Database, names, batch, session.Scripts, session.Outage);
    }

    protected override void AddNext(ICollection<Task> answers) => answers.Add(_pipeline.Replies[_first]);

    protected override bool TryEnd(bool isLate)
    {
        var ready = FindAnswers(isLate);
        var connection = ready.Count > 0 ? _session.ConnectionNumber : null;
        foreach (var index in ready)
        {
            _isTold[index] = true;
            var reply = _pipeline.Read(index);
            Tell(index, reply with { Connection = reply.Outcome == RenewalOutcome.Unknown ? _sentOn : connection });
        }

        if (isLate)
        {
            var fault = RedisErrors.TimedOut(Timeout, _pipeline.Outage);
            for (var i = 0; i < _isTold.Length; i++)
            {
                if (!_isTold[i])
                {
                    Tell(i, new RenewalReply(RenewalOutcome.Unknown, fault) { Connection = _sentOn });
                }
            }
        }

        while (_first < _isTold.Length && _isTold[_first])
        {
            _first++;
        }

        return isLate || _first == _isTold.Length;
    }

    protected override void GiveUp() => _pipeline.End();

    /// <summary>
    /// A server answers in order, so those at the head are looked at always. Those behind, which may be another
    /// server's, not more often than needed.
    /// </summary>
    private List<int> FindAnswers(bool all)
    {
        var found = new List<int>();
        all |= Stopwatch.GetElapsedTime(_lookedAt) >= Pause;
        for (var i = _first; i < _isTold.Length; i++)
        {
            if (_isTold[i])
            {
                continue;
            }

            if (_pipeline.NeedsText(i))
            {
                _pipeline.Resend(i);
            }

            if (_pipeline.Replies[i].IsCompleted)
            {
                found.Add(i);
            }
            else if (!all)
            {
                return found;
            }
        }

        _lookedAt = Stopwatch.GetTimestamp();
        return found;
    }
}
