using DistributedLocking.Configuration;

namespace DistributedLocking.Engine.Plans;

/// <summary>How long a waiter pauses between two attempts.</summary>
internal sealed class RetryPace(RetryPolicy policy)
{
    /// <summary>
    /// The net under notifications: a lost one costs no more than this. Long enough that a waiter asks less than once a
    /// second. What a waiter that polls has seen is not believed for longer either.
    /// </summary>
    internal static readonly TimeSpan Net = TimeSpan.FromMilliseconds(1050);

    private static readonly TimeSpan DefaultDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromMilliseconds(1);

    private int _retry;
    private TimeSpan _lastDelay = DefaultDelay;
    private TimeSpan _owed;

    /// <summary>
    /// The pause while notifications work. A holder that may be dead is looked at when its lease ends, at most once a
    /// second on average.
    /// </summary>
    internal TimeSpan WhileWatching(TimeSpan? holderExpiresIn)
    {
        var pause = Net + _owed;
        _owed = TimeSpan.Zero;
        if (pause == Net && holderExpiresIn < pause)
        {
            pause = (holderExpiresIn > TimeSpan.Zero ? holderExpiresIn.Value : TimeSpan.Zero) + ShortestDelay;
            _owed = Net - pause;
        }

        return pause;
    }

    /// <summary>How soon a policy looks again when a wait begins.</summary>
    internal static TimeSpan FirstDelay(RetryPolicy policy) => new RetryPace(policy).WhilePolling();

    /// <summary>
    /// The pause while only polling helps: what the policy says, and its last delay once it has no more to say.
    /// </summary>
    internal TimeSpan WhilePolling()
    {
        if (policy.GetDelay(_retry) is { } delay)
        {
            _retry++;
            _lastDelay = delay == Timeout.InfiniteTimeSpan || delay > OptionRules.LongestTime ? OptionRules.LongestTime
                : delay > ShortestDelay ? delay : ShortestDelay;
        }

        return _lastDelay;
    }
}
