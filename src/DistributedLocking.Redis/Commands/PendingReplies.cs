using StackExchange.Redis;

namespace DistributedLocking.Redis.Commands;

/// <summary>Gives calls their time-out, from a pool of <see cref="PendingReply"/>.</summary>
internal sealed class PendingReplies
{
    /// <summary>More in flight at once are made and thrown away.</summary>
    private const int MostIdle = 128;

    private readonly Stack<PendingReply> _idle = new();
    private int _underWay;

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

    /// <summary>How many calls wait for their answer now.</summary>
    internal int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Waits for the answer to a command, for at most <see cref="Timeout"/>. The result is awaited once.</summary>
    internal ValueTask<RedisResult> WaitAsync(Task<RedisResult> reply, bool leaveThread, CancellationToken cancellationToken) =>
        Begin().StartAsync(reply, leaveThread, cancellationToken)!;

    /// <summary>One to be started, and its result awaited once.</summary>
    internal PendingReply Begin()
    {
        lock (_idle)
        {
            _underWay++;
            if (_idle.TryPop(out var found))
            {
                return found;
            }
        }

        return new PendingReply(this);
    }

    /// <summary>Takes one back whose result has been had. False when it is not kept to be used again: it can't be, or enough are kept already.</summary>
    internal bool End(PendingReply reply, bool isReusable)
    {
        lock (_idle)
        {
            _underWay--;
            if (!isReusable || _idle.Count == MostIdle)
            {
                return false;
            }

            _idle.Push(reply);
            return true;
        }
    }
}
