namespace DistributedLocking.FaultTests.Histories;

/// <summary>One grant and what its holder could rely on.</summary>
/// <param name="Worker">The holder's process.</param>
/// <param name="Key">The lock's key.</param>
/// <param name="Token">Its fencing token.</param>
/// <param name="AskedAt">Before it was asked for.</param>
/// <param name="GrantedAt">After it was granted.</param>
/// <param name="ClaimedUntil">
/// Until when the holder could believe that nobody else holds it: the latest deadline that its handle told, or the
/// signal of its loss, or the beginning of its release, whichever was first. No later than <paramref name="GrantedAt"/>
/// when the handle never said that it was held.
/// </param>
/// <param name="LastSeenAt">When its handle last began to say that it was held.</param>
/// <param name="Limit">How many may hold the lock at once, this one included.</param>
internal sealed record Hold(string Worker, string Key, long Token, long AskedAt, long GrantedAt, long ClaimedUntil, long LastSeenAt, long Limit)
{
    /// <summary>Whether nobody may hold the lock beside this one.</summary>
    internal bool IsAlone => Limit == 1;

    /// <summary>Whether the lock was held when the grant was noted, which orders it among the others.</summary>
    internal bool IsConfirmed => ClaimedUntil > GrantedAt;

    /// <summary>Makes out the holds of a history.</summary>
    internal static IReadOnlyList<Hold> From(IReadOnlyList<HistoryEvent> history)
    {
        // A process that died relies on nothing after its last word.
        var lastWords = history.Where(IsOfAttempt)
            .GroupBy(entry => entry.Worker, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Max(entry => entry.At), StringComparer.Ordinal);
        return
        [
            .. history.Where(IsOfAttempt)
                .GroupBy(entry => (entry.Worker, entry.Attempt))
                .Select(attempt => From([.. attempt], lastWords[attempt.Key.Worker]))
                .OfType<Hold>()
                .OrderBy(hold => hold.GrantedAt),
        ];
    }

    private static bool IsOfAttempt(HistoryEvent entry) => entry.Kind is not HistoryKind.Forgot and not HistoryKind.Fault;

    private static Hold? From(List<HistoryEvent> attempt, long lastWord)
    {
        var asking = attempt.Find(entry => entry.Kind == HistoryKind.Asking);
        var granted = attempt.Find(entry => entry.Kind == HistoryKind.Granted);
        if (granted.Kind != HistoryKind.Granted)
        {
            return null;
        }

        var claimed = granted.At;
        var lastSeen = granted.At;
        long promise = 0;
        foreach (var entry in attempt)
        {
            switch (entry.Kind)
            {
                case HistoryKind.Held:
                    promise = entry.At + entry.Value;
                    lastSeen = entry.At;
                    break;
                case HistoryKind.Extending or HistoryKind.Lost or HistoryKind.Releasing:
                    claimed = Math.Max(claimed, Math.Min(promise, entry.At));
                    promise = 0;
                    if (entry.Kind != HistoryKind.Extending)
                    {
                        return Make();
                    }

                    break;
            }
        }

        claimed = Math.Max(claimed, Math.Min(promise, lastWord));
        return Make();

        Hold Make() => new(granted.Worker, granted.Key, granted.Value, asking.At, granted.At, claimed, lastSeen, Math.Max(asking.Value, 1));
    }
}
