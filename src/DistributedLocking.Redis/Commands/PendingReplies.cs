using StackExchange.Redis;

namespace DistributedLocking.Redis.Commands;

/// <summary>Gives commands their time-out, from a pool of <see cref="PendingReply"/>.</summary>
internal sealed class PendingReplies
{
    private readonly PendingReply?[] _pool = new PendingReply?[64];

    /// <param name="timeout">How long an answer may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="timeoutName">The option that says so.</param>
    internal PendingReplies(TimeSpan timeout, TimeProvider time, string timeoutName = nameof(RedisLockOptions.CommandTimeout))
    {
        TimeoutName = timeoutName;
        Timeout = timeout;
        Time = time;
        TimeoutTicks = (long)(timeout.TotalSeconds * time.TimestampFrequency);
    }

    internal TimeSpan Timeout { get; }

    internal string TimeoutName { get; }

    internal long TimeoutTicks { get; }

    internal TimeProvider Time { get; }

    /// <summary>Waits for the answer, for at most <see cref="Timeout"/>. The result is awaited once.</summary>
    internal ValueTask<RedisResult> WaitAsync(Task<RedisResult> reply, bool leaveThread, CancellationToken cancellationToken) =>
        (Take() ?? new PendingReply(this)).StartAsync(reply, leaveThread, cancellationToken);

    /// <summary>Takes it back, to be used again. False when enough are kept already.</summary>
    internal bool TryReturn(PendingReply reply)
    {
        foreach (ref var slot in _pool.AsSpan())
        {
            if (slot is null && Interlocked.CompareExchange(ref slot, reply, null) is null)
            {
                return true;
            }
        }

        return false;
    }

    private PendingReply? Take()
    {
        foreach (ref var slot in _pool.AsSpan())
        {
            if (slot is not null && Interlocked.Exchange(ref slot, null) is { } found)
            {
                return found;
            }
        }

        return null;
    }
}
