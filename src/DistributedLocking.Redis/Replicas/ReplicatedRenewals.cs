using DistributedLocking.Providers;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Renewals;

namespace DistributedLocking.Redis.Replicas;

/// <summary>A batch of renewals with a proof at its end. What too few replicas confirmed is unknown.</summary>
internal sealed class ReplicatedRenewals : RenewalRound
{
    private readonly RedisSession _session;
    private readonly LockNames _names;
    private readonly IReadOnlyList<RenewalRequest> _batch;
    private readonly Func<ReplicaProof> _prove;
    private RenewalPipeline _pipeline;
    private ReplicaProof _proof;
    private bool _isTextSent;

    /// <summary>Sends it.</summary>
    internal ReplicatedRenewals(
        RedisSession session,
        LockNames names,
        IReadOnlyList<RenewalRequest> batch,
        Func<ReplicaProof> prove,
        TimeSpan timeout,
        Action<int, RenewalReply> onReply,
        CancellationToken cancellationToken)
        : base(onReply, timeout, cancellationToken)
    {
        _session = session;
        _names = names;
        _batch = batch;
        _prove = prove;
        (_pipeline, _proof) = Send();
    }

    /// <summary>A connection answers in order.</summary>
    protected override void AddNext(ICollection<Task> answers) => answers.Add(_proof.Answers.FirstOrDefault(answer => !answer.IsCompleted) ?? _proof.Answers[^1]);

    protected override bool TryEnd(bool isLate)
    {
        var isProven = _proof.Answers.All(answer => answer.IsCompleted);
        if (!isLate && !(isProven && _pipeline.Replies.All(reply => reply.IsCompleted)))
        {
            return false;
        }

        if (!isLate && !_isTextSent && Enumerable.Range(0, _batch.Count).Any(_pipeline.NeedsText))
        {
            // All of it: a batch can't be added to.
            _isTextSent = true;
            GiveUp();
            (_pipeline, _proof) = Send();
            return false;
        }

        var late = isLate ? RedisErrors.TimedOut(Timeout, _session.Outage) : null;
        var unconfirmed = isProven ? _proof.Failure() : late;
        for (var i = 0; i < _batch.Count; i++)
        {
            var reply = _pipeline.Replies[i].IsCompleted ? _pipeline.Read(i) : new RenewalReply(RenewalOutcome.Unknown, late);
            Tell(i, reply.Outcome == RenewalOutcome.Renewed && unconfirmed is not null ? new RenewalReply(RenewalOutcome.Unknown, unconfirmed) : reply);
        }

        return true;
    }

    protected override void GiveUp()
    {
        _pipeline.End();
        foreach (var answer in _proof.Answers)
        {
            LateFailure.Ignore(answer);
        }
    }

    private (RenewalPipeline Pipeline, ReplicaProof Proof) Send()
    {
        var proof = _prove();
        var commands = _session.Database.CreateBatch();
        proof.Begin(commands);
        var pipeline = RenewalPipeline.Send(commands, _names, _batch, _session.Scripts, _session.Outage);
        proof.End(commands);
        commands.Execute();
        return (pipeline, proof);
    }
}
