using StackExchange.Redis;

namespace DistributedLocking.Redis.Commands;

/// <summary>Gives commands their time-out, from a pool of <see cref="PendingReply"/>.</summary>
internal sealed class PendingReplies
{
    /// <summary>More in flight at once are made and thrown away.</summary>
    private const int MostIdle = 128;

    private readonly Stack<PendingReply> _idle = new();

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
        lock (_idle)
        {
            if (_idle.Count == MostIdle)
            {
                return false;
            }

            _idle.Push(reply);
            return true;
        }
    }

    private PendingReply? Take()
    {
        lock (_idle)
        {
            return _idle.TryPop(out var found) ? found : null;
        }
    }
}
