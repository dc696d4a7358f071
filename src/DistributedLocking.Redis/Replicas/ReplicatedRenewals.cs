using DistributedLocking.Providers;
using DistributedLocking.Redis.Commands;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;

namespace DistributedLocking.Redis.Replicas;

/// <summary>A batch of renewals with a proof at its end. What too few replicas confirmed is unknown.</summary>
internal sealed class ReplicatedRenewals : RenewalRound
{
    private readonly RedisSession _session;
    private readonly LockNames _names;
    private readonly IReadOnlyList<RenewalRequest> _batch;
    private readonly Func<ReplicaProof> _prove;
    private readonly List<Sending> _sendings = [];
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
        SendAgain();
    }

    protected override void AddNext(ICollection<Task> answers) => _sendings.ForEach(sending => sending.AddNext(answers));

    protected override bool TryEnd(bool isLate)
    {
        var over = _sendings.FindAll(sending => sending.IsOver);
        var decisive = over.Find(sending => sending.Proof.Failure() is null)
            ?? (isLate || over.Count == _sendings.Count ? over.LastOrDefault() ?? _sendings[^1] : null);
        if (decisive is null)
        {
            return false;
        }

        if (!isLate && !_isTextSent && NeedsText(decisive.Pipeline))
        {
            // All of it: a batch can't be added to.
            _isTextSent = true;
            decisive.GiveUp();
            _sendings.Remove(decisive);
            SendAgain();
            return false;
        }

        var late = decisive.IsOver ? null : RedisFault.TimedOut(Timeout, _session.Outage);
        var unconfirmed = late ?? decisive.Proof.Failure();
        for (var i = 0; i < _batch.Count; i++)
        {
            var reply = decisive.Pipeline.Replies[i].IsCompleted ? decisive.Pipeline.Read(i) : new RenewalReply(RenewalOutcome.Unknown, late);
            Tell(i, reply.Outcome == RenewalOutcome.Renewed && unconfirmed is not null ? new RenewalReply(RenewalOutcome.Unknown, unconfirmed) : reply);
        }

        return true;
    }

    protected override void SendAgain()
    {
        var proof = _prove();
        var commands = _session.Database.CreateBatch();
        proof.Begin(commands);
        var pipeline = RenewalPipeline.Send(commands, _names, _batch, _session.Rights, _session.Outage);
        proof.End(commands);
        _sendings.Add(new Sending(pipeline, proof));
        commands.Execute();
    }

    protected override void GiveUp() => _sendings.ForEach(sending => sending.GiveUp());

    private bool NeedsText(RenewalPipeline pipeline) => Enumerable.Range(0, _batch.Count).Any(pipeline.NeedsText);

    /// <summary>The batch on its way, over one connection.</summary>
    private sealed record Sending(RenewalPipeline Pipeline, ReplicaProof Proof)
    {
        internal bool IsOver => Proof.Answers.All(answer => answer.IsCompleted) && Pipeline.Replies.All(reply => reply.IsCompleted);

        internal void AddNext(ICollection<Task> answers)
        {
            if (Proof.Answers.Concat(Pipeline.Replies).FirstOrDefault(answer => !answer.IsCompleted) is { } next)
            {
                answers.Add(next);
            }
        }

        internal void GiveUp()
        {
            Pipeline.End();
            foreach (var answer in Proof.Answers)
            {
                LateFailure.Ignore(answer);
            }
        }
    }
}
