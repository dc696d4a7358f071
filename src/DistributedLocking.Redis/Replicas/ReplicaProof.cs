using System.Globalization;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Scripts;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Replicas;

/// <summary>
/// Proves that the writes of a batch have reached enough replicas: WAIT at its end, and the connection's id around it.
/// </summary>
/// <remarks>
/// WAIT answers for what its own connection wrote. On a connection that was made after the write it knows of no write,
/// and so finds every replica up to date. The same id before and after says that nothing in between ran on another
/// connection. See https://redis.io/docs/latest/commands/wait/.
/// </remarks>
internal sealed class ReplicaProof(int minReplicas, TimeSpan timeout)
{
    private readonly Task<RedisResult>[] _answers = new Task<RedisResult>[3];

    /// <summary>Ends when the proof has been given or has failed.</summary>
    internal IReadOnlyList<Task> Answers => _answers;

    internal void Begin(IBatch batch) => _answers[0] = AskConnection(batch);

    internal void End(IBatch batch)
    {
        object[] arguments = [minReplicas.ToString(CultureInfo.InvariantCulture), RedisTime.Milliseconds(timeout).ToString(CultureInfo.InvariantCulture)];
        _answers[1] = batch.ExecuteAsync("WAIT", arguments, CommandFlags.DemandMaster);
        _answers[2] = AskConnection(batch);
    }

    /// <summary>What is wrong with the answers, all of which have come; null when they prove it.</summary>
    internal DistributedLockUnavailableException? Failure()
    {
        try
        {
            var (before, replicas, after) = (Read(0), Read(1), Read(2));
            return before != after ? new("The connection to Redis was cut, so it is not known how many replicas have the lock.")
                : replicas < minReplicas ? new(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{replicas} replicas confirmed the lock within {timeout} ({nameof(RedisLockOptions.ReplicaTimeout)}); {minReplicas} are needed ({nameof(RedisLockOptions.MinReplicas)})."))
                : null;
        }
        catch (Exception e)
        {
            // Of the proof, not of the lock's script: that was sent.
            var fault = RedisErrors.Translate(e);
            return new(fault.Message, fault.InnerException) { IsTransient = fault.IsTransient };
        }
    }

#pragma warning disable VSTHRD200, VSTHRD003, VSTHRD002 // The batch's own task; and one that has ended.
    private static Task<RedisResult> AskConnection(IBatch batch) => batch.ExecuteAsync("CLIENT", (object[])["ID"], CommandFlags.DemandMaster);

    private long Read(int index) => (long)_answers[index].GetAwaiter().GetResult();
#pragma warning restore VSTHRD200, VSTHRD003, VSTHRD002
}
