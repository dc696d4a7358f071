using DistributedLocking.Configuration;
using DistributedLocking.Providers;

namespace DistributedLocking.Engine.Plans;

/// <summary>
/// What one acquisition asks for: the call's options over the configured ones. Calls without options share a plan.
/// </summary>
internal sealed record AcquirePlan
{
    internal LockMode Mode { get; init; }

    /// <summary>How many may hold the key at once, the caller included.</summary>
    internal int Limit { get; init; } = 1;

    /// <summary>
    /// Whether the caller asks beside whoever of its process has the turn. What one with another limit is answered says
    /// nothing about it, and many readers would have to come one after the other.
    /// </summary>
    internal bool AsksAside => Mode != LockMode.Exclusive && IsSingleAttempt;

    internal required TimeSpan TimeToLive { get; init; }

    /// <summary>How long the caller waits; zero is one attempt, infinite no limit.</summary>
    internal required TimeSpan Budget { get; init; }

    internal bool IsSingleAttempt => Budget == TimeSpan.Zero;

    /// <summary>
    /// Whether the caller named a wait, so that even an attempt in flight should not outlast it by much.
    /// </summary>
    internal required bool IsBudgetExplicit { get; init; }

    /// <summary>
    /// Whether the caller gets an exception, or else nothing, when somebody else held the lock for the whole budget.
    /// </summary>
    internal required bool ThrowIfHeld { get; init; }

    internal required RetryPolicy Retry { get; init; }

    internal required bool AutoRenew { get; init; }

    internal required TimeSpan? RenewalInterval { get; init; }

    internal required TimeSpan MaxHoldTime { get; init; }

    internal static AcquirePlan ForAcquire(DistributedLockOptions defaults, AcquireOptions? options) =>
        Create(defaults, options, options?.WaitTimeout ?? (options?.Retry ?? defaults.Retry).GetTotalDelay(), throwIfHeld: true);

    internal static AcquirePlan ForTryAcquire(DistributedLockOptions defaults, AcquireOptions? options) =>
        Create(defaults, options, options?.WaitTimeout ?? TimeSpan.Zero, throwIfHeld: false);

    /// <summary>What a caller whose time is over may still do: one attempt, and a short one.</summary>
    internal AcquirePlan ForLastLook() => this with { Budget = TimeSpan.Zero, IsBudgetExplicit = true };

    // A wait longer than the timers can measure has no limit that anybody would notice.
    private static AcquirePlan Create(DistributedLockOptions defaults, AcquireOptions? options, TimeSpan budget, bool throwIfHeld) => new()
    {
        TimeToLive = options?.TimeToLive ?? defaults.TimeToLive,
        Budget = budget > OptionRules.LongestTime ? Timeout.InfiniteTimeSpan : budget,
        IsBudgetExplicit = options?.WaitTimeout > TimeSpan.Zero,
        ThrowIfHeld = throwIfHeld,
        Retry = options?.Retry ?? defaults.Retry,
        AutoRenew = options?.AutoRenew ?? defaults.AutoRenew,
        RenewalInterval = defaults.RenewalInterval,
        MaxHoldTime = options?.MaxHoldTime ?? defaults.MaxHoldTime ?? Timeout.InfiniteTimeSpan,
    };
}
