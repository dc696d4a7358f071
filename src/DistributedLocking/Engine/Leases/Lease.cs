using DistributedLocking.Engine.Gates;
using DistributedLocking.Engine.Plans;
using DistributedLocking.Engine.Time;
using DistributedLocking.Providers;
using DistributedLocking.Telemetry;

namespace DistributedLocking.Engine.Leases;

/// <summary>
/// One acquisition's state. It is held once, and then either released or lost, never held again. Its handle is the
/// user's face of it, and is not referred to from here, so that a forgotten handle can be collected.
/// </summary>
internal sealed class Lease(LocalGate gate, string ownerId, long fencingToken, AcquirePlan plan, long acquiredAt) : IReportedHold
{
    private const int Held = 0;
    private const int Released = 1;
    private const int Lost = 2;

    private int _state = Held;
    private long _deadline;
    private UnknownRenewals _unknown;
    private SemaphoreSlim? _operation;
    private WeakReference<LostTokenSource>? _lossSource;
    private volatile bool _abandoned;
    private HoldReport _hold;

    /// <summary>
    /// When the timetable looks at this lease next, and its place there; -1 is nowhere. Guarded by the timetable's
    /// owner.
    /// </summary>
    internal long Due { get; set; }

    internal int Place { get; set; } = -1;

    /// <summary>The neighbours among the records of the same key, in a ring. Guarded by the gate.</summary>
    internal Lease? OlderRecord { get; set; }

    internal Lease? NewerRecord { get; set; }

    /// <summary>
    /// Whether this is a holder for the gate: from the grant until a release was answered, or a loss. Guarded by the
    /// gate.
    /// </summary>
    internal bool IsHolder { get; set; }

    internal LocalGate Gate { get; } = gate;

    public string Key => Gate.Key;

    public string OwnerId => ownerId;

    internal LeaseReference Reference => new(Key, ownerId) { Mode = Gate.Mode };

    /// <summary>How many may hold the key at once beside this one, itself included.</summary>
    internal int Limit => plan.Limit;

    /// <summary>Whether the store was asked for it without the turn.</summary>
    internal bool WasAskedAside => plan.AsksAside;

    public long FencingToken { get; } = fencingToken;

    public long AcquiredAt { get; } = acquiredAt;

    public ref HoldReport Hold => ref _hold;

    /// <summary>When the store granted it, be it to another holder of its chain.</summary>
    internal long GrantedAt => Chain?.Start ?? AcquiredAt;

    /// <summary>Where the lease may be handed on: what all its holders have in common.</summary>
    internal required HandOverChain? Chain { get; init; }

    /// <summary>When the hold ends in any case; <see cref="Clock.Never"/> without a limit.</summary>
    internal required long HoldEnd { get; init; }

    internal TimeSpan TimeToLive { get; set; } = plan.TimeToLive;

    /// <summary>
    /// The longest that the store was asked for: a lease may last so long there if an answer was lost.
    /// </summary>
    internal TimeSpan LongestTimeToLive { get; private set; } = plan.TimeToLive;

    /// <summary>When to renew; <see cref="Clock.Never"/> while a renewal is in flight or none is wanted.</summary>
    internal long NextRenewal { get; set; } = Clock.Never;

    internal bool AutoRenew => plan.AutoRenew;

    /// <summary>Whether the last renewal failed. Guarded by the renewals' outage.</summary>
    internal bool RenewalFails { get; set; }

    /// <summary>Whether an answer to a renewal was lost, so that the store's lease may be cut yet.</summary>
    internal bool HasUnknownRenewal => _unknown.Exist;

    internal TimeSpan RenewalInterval => LeaseTerms.RenewalInterval(plan.RenewalInterval, _unknown.Cut(TimeToLive));

    /// <summary>
    /// When to renew a lease that lasts so long from then on; <see cref="Clock.Never"/> where it is not to be renewed.
    /// </summary>
    internal long RenewalAfter(Clock clock, long from, TimeSpan length) =>
        AutoRenew && !IsAbandoned ? clock.After(from, LeaseTerms.RenewalInterval(RenewalInterval, length)) : Clock.Never;

    public long Deadline
    {
        get => Interlocked.Read(ref _deadline);
        set => Interlocked.Exchange(ref _deadline, Math.Min(value, HoldEnd));
    }

    internal bool IsHeldState => Volatile.Read(ref _state) == Held;

    internal bool IsLost => Volatile.Read(ref _state) == Lost;

    /// <summary>
    /// Set when the handle, and whatever observes its loss, has been garbage collected; the lease then runs out.
    /// </summary>
    internal bool IsAbandoned => _abandoned;

    /// <summary>
    /// One renewal or extension at a time: replies that overtake each other would leave the deadline beyond the
    /// store's.
    /// </summary>
    internal SemaphoreSlim Operation
    {
        get
        {
            if (Volatile.Read(ref _operation) is { } existing)
            {
                return existing;
            }

            var created = new SemaphoreSlim(1, 1);
            return Interlocked.CompareExchange(ref _operation, created, null) ?? created;
        }
    }

    internal bool TryRelease() => Interlocked.CompareExchange(ref _state, Released, Held) == Held;

    internal bool TryLose() => Interlocked.CompareExchange(ref _state, Lost, Held) == Held;

    internal void Abandon() => _abandoned = true;

    /// <summary>
    /// Called before a renewal is sent: a shorter time to live counts from then on, whether or not its answer arrives.
    /// True when that moved the deadline.
    /// </summary>
    internal bool BeginRenewal(Clock clock, long sentAt, TimeSpan timeToLive)
    {
        if (timeToLive > LongestTimeToLive)
        {
            LongestTimeToLive = timeToLive;
        }

        var deadline = clock.After(sentAt, LeaseTerms.Usable(timeToLive));
        if (deadline >= Deadline)
        {
            return false;
        }

        Deadline = deadline;
        return true;
    }

    /// <summary>
    /// Applies a renewal that the store made. False when the deadline had passed before: an ended lease does not come
    /// back.
    /// </summary>
    internal bool TryProlong(Clock clock, long sentAt, TimeSpan timeToLive)
    {
        if (!IsHeldState || clock.Now >= Deadline)
        {
            return false;
        }

        Deadline = clock.After(sentAt, LeaseTerms.Usable(_unknown.Cut(timeToLive)));
        return IsHeldState;
    }

    /// <summary>Notes a renewal whose fate is unknown.</summary>
    internal void NoteUnknownRenewal(TimeSpan timeToLive, long? connection) => _unknown.Add(timeToLive, connection);

    /// <summary>Notes that a renewal was answered, which may settle those of unknown fate.</summary>
    internal void SettleUnknownRenewals(long? connection) => _unknown.Settle(connection);

    /// <summary>
    /// Whether no renewal is under way or may still arrive, which could cut the next holder's lease. One that begins
    /// after this finds the lease released.
    /// </summary>
    internal bool IsSettled()
    {
        if (!Operation.Wait(0))
        {
            return false;
        }

        // Not before: the renewal that was under way may have ended as unknown.
        var isSettled = !HasUnknownRenewal;
        Operation.Release();
        return isSettled;
    }

    /// <summary>
    /// What the next holder gets of a released lease: its owner in the store, its remaining time, and the next token.
    /// </summary>
    internal Lease PassOn(AcquirePlan next, Clock clock)
    {
        var now = clock.Now;
        var lease = new Lease(Gate, ownerId, FencingToken + 1, next, now)
        {
            HoldEnd = clock.After(now, next.MaxHoldTime),
            Chain = Chain,
            LongestTimeToLive = LongestTimeToLive > next.TimeToLive ? LongestTimeToLive : next.TimeToLive,
        };
        lease.Deadline = Deadline;
        lease.NextRenewal = lease.RenewalAfter(clock, now, clock.Until(Deadline));
        return lease;
    }

    internal void ObserveLoss(LostTokenSource source)
    {
        // A full fence between the write and the read: the loss is written and the source read in the other order, and
        // one at least must see the other.
        Interlocked.Exchange(ref _lossSource, new WeakReference<LostTokenSource>(source));
        if (IsLost)
        {
            SignalLoss();
        }
    }

    /// <summary>
    /// Cancels the lost token at once; its callbacks run on the thread pool, where they hold up nobody's lock.
    /// </summary>
    internal void SignalLoss()
    {
        if (Volatile.Read(ref _lossSource) is { } reference && reference.TryGetTarget(out var source))
        {
            _ = source.CancelAsync();
        }
    }
}
