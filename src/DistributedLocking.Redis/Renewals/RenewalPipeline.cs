using DistributedLocking.Providers;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Scripts;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Renewals;

/// <summary>
/// The renewals of a batch on their way to one server: all are sent before the first answer is awaited.
/// </summary>
internal sealed class RenewalPipeline
{
    private readonly IDatabaseAsync _database;
    private readonly ScriptSupport _support;
    private readonly Command[] _commands;
    private readonly Task<RedisResult>[] _replies;

    private RenewalPipeline(IDatabaseAsync database, ScriptSupport support, ConnectionOutage? outage, Command[] commands)
    {
        Outage = outage;
        _database = database;
        _support = support;
        _commands = commands;
        _replies = new Task<RedisResult>[commands.Length];
    }

    internal static RenewalPipeline Send(IDatabaseAsync database, LockNames names, IReadOnlyList<RenewalRequest> batch, ScriptSupport support, ConnectionOutage? outage = null)
    {
        var pipeline = new RenewalPipeline(database, support, outage, new Command[batch.Count]);
        for (var i = 0; i < batch.Count; i++)
        {
            var (lease, timeToLive) = batch[i];
            RedisKey[] keys = [names.Lock(lease.Key)];
            pipeline._commands[i] = new Command(keys, [lease.OwnerId, RedisTime.Milliseconds(timeToLive)]);

            // Where it may be unknown, the first carries the script, so the rest find it loaded, and need not be told
            // "no such script" first. But only then: the client answers such a call on a thread of the pool, which a
            // starved pool does not have.
            pipeline.Send(i, byHash: support.MaySendHash && (i > 0 || support.Knows(RedisScript.Renew)));
        }

        return pipeline;
    }

    /// <summary>Why there may be no answers.</summary>
    internal ConnectionOutage? Outage { get; }

    /// <summary>The answers to come. One is another after <see cref="Resend"/>.</summary>
    internal IReadOnlyList<Task<RedisResult>> Replies => _replies;

    /// <summary>Whether the answer is that the script has to be sent along.</summary>
    internal bool NeedsText(int index) =>
        !_commands[index].IsText && _replies[index].Exception?.InnerException is { } error && _support.NeedsText(RedisScript.Renew, error);

    internal void Resend(int index) => Send(index, byHash: false);

    /// <summary>Nobody waits for any answer any more.</summary>
    internal void End() => Array.ForEach(_replies, reply => LateFailure.Ignore(reply, Outage));

    /// <summary>What an answer that has come means.</summary>
    internal RenewalReply Read(int index)
    {
        try
        {
#pragma warning disable VSTHRD002 // It has come.
            var isRenewed = (long)_replies[index].GetAwaiter().GetResult() == 1;
#pragma warning restore VSTHRD002
            _support.NoteKnown(RedisScript.Renew);
            return new RenewalReply(isRenewed ? RenewalOutcome.Renewed : RenewalOutcome.Lost);
        }
        catch (Exception e)
        {
            return new RenewalReply(RenewalOutcome.Unknown, RedisErrors.Translate(e, Outage));
        }
    }

    private void Send(int index, bool byHash)
    {
        ref var command = ref _commands[index];
        command.IsText = !byHash;
        // Without a connection the client would keep it until its own time-out, for a server that may never come back; a
        // later try can go to the one that takes its place.
        _replies[index] = _database.IsConnected(command.Keys[0], CommandFlags.DemandMaster)
            ? RedisScript.Renew.SendAsync(_database, command.Keys, command.Values, byHash)
            : Task.FromException<RedisResult>(RedisErrors.NotConnected(Outage));
    }

    private record struct Command(RedisKey[] Keys, RedisValue[] Values)
    {
        internal bool IsText;
    }
}
