using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using DistributedLocking.Engine.Time;

namespace DistributedLocking.Engine.Acquiring;

/// <summary>
/// Ends an attempt, so that a hung store can't draw it out far beyond the wait that the caller named. The default ends
/// none.
/// </summary>
[StructLayout(LayoutKind.Auto)]
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "It is; the rule does not see it.")]
internal readonly struct AttemptLimit : IDisposable
{
    /// <summary>
    /// The least time that an attempt gets although the caller's budget is over: enough for a round trip to a healthy
    /// store.
    /// </summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource? _timeout;
    private readonly CancellationTokenSource? _either;

    /// <param name="clock">The clock.</param>
    /// <param name="giveUpAt">When the caller's budget is over.</param>
    /// <param name="waitsInStore">Whether the store waits to the end of the budget; it answers a little after that.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    internal AttemptLimit(Clock clock, long giveUpAt, bool waitsInStore, CancellationToken cancellationToken)
    {
        var remaining = clock.Until(giveUpAt) + (waitsInStore ? Grace : TimeSpan.Zero);
        _timeout = new CancellationTokenSource(remaining > Grace ? remaining : Grace, clock.Time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_timeout.Token, cancellationToken);
    }

    internal bool IsOver => _timeout is { IsCancellationRequested: true };

    /// <summary>Cancelled at the limit, or by the caller.</summary>
    internal CancellationToken TokenOr(CancellationToken callers) => _either?.Token ?? callers;

    public void Dispose()
    {
        _either?.Dispose();
        _timeout?.Dispose();
    }
}
