using DistributedLocking.Redis.Connections;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Commands;

/// <summary>Runs scripts within the time-out: by their hash, and by their text where the server does not know the hash or the user may not use it.</summary>
/// <remarks>What waits for the answers is reused, since every call needs one.</remarks>
internal sealed class ScriptCaller
{
    /// <summary>More in flight at once are made and thrown away.</summary>
    private const int MostIdle = 128;

    private readonly Stack<PendingReply> _idle = new();
    private int _underWay;

    /// <param name="timeout">How long an answer may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="timeoutName">The option that says so.</param>
    /// <param name="outage">Knows why there may be no answer.</param>
    internal ScriptCaller(
        TimeSpan timeout, TimeProvider time, string timeoutName = nameof(RedisLockOptions.CommandTimeout), ConnectionOutage? outage = null)
    {
        Outage = outage;
        TimeoutName = timeoutName;
        Timeout = timeout;
        Time = time;
        TimeoutTicks = (long)(timeout.TotalSeconds * time.TimestampFrequency);
    }

    internal TimeSpan Timeout { get; }

    internal string TimeoutName { get; }

    internal ConnectionOutage? Outage { get; }

    internal long TimeoutTicks { get; }

    internal TimeProvider Time { get; }

    /// <summary>How many calls wait for their answer now.</summary>
    internal int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Runs a script. The result is awaited once.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="script">The script.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="values">Its arguments.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <param name="gate">What the commands have to pass, if anything.</param>
    /// <param name="textFirst">Whether to send the text at once, where there may be no second chance to.</param>
    /// <exception cref="DistributedLockUnavailableException">Redis failed, refused or did not answer in time.</exception>
    internal ValueTask<RedisResult> RunAsync(
        RedisSession session, RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken, SendGate? gate = null, bool textFirst = false) =>
        Begin().SendAsync(new ScriptCall(session, script, keys, values, gate), byHash: session.Rights.MaySendHash && !textFirst, cancellationToken)!;

    /// <summary>Runs a script that answers 1 or 0. The result is awaited once.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="script">The script.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="values">Its arguments.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <returns>Whether the answer is 1.</returns>
    /// <exception cref="DistributedLockUnavailableException">Redis failed, refused or did not answer in time.</exception>
    internal ValueTask<bool> CheckAsync(RedisSession session, RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken) =>
        Begin().CheckAsync(new ScriptCall(session, script, keys, values, Gate: null), session.Rights.MaySendHash, cancellationToken);

    /// <summary>What a call's failure means. One that nobody waits for any more may say why the next call's answer does not come.</summary>
    internal DistributedLockUnavailableException Translate(Exception error)
    {
        Outage?.Note(error);
        return RedisFault.Translate(error, Outage);
    }

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
