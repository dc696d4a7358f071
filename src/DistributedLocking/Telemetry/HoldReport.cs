namespace DistributedLocking.Telemetry;

/// <summary>
/// What metrics have been told of one hold, so that an end is counted only where its beginning was. A lease may end
/// before its caller gets it: the caller of a hand-over has been cancelled, or the lease clock is faster.
/// </summary>
internal struct HoldReport
{
    private const int None = 0;
    private const int Acquired = 1;
    private const int Counted = 2;
    private const int Ended = 3;

    private int _state;

    /// <summary>The lock has been acquired. True when that is to be counted.</summary>
    internal bool TryBegin(bool isCounted) =>
        Interlocked.CompareExchange(ref _state, isCounted ? Counted : Acquired, None) == None && isCounted;

    /// <summary>The hold is over.</summary>
    /// <returns>Whether it had begun, and whether it was counted.</returns>
    internal (bool WasAcquired, bool WasCounted) End()
    {
        var before = Interlocked.Exchange(ref _state, Ended);
        return (before is Acquired or Counted, before == Counted);
    }
}
