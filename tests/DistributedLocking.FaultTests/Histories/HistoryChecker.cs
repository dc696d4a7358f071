using System.Diagnostics;
using System.Globalization;

namespace DistributedLocking.FaultTests.Histories;

/// <summary>
/// Reads a history and says what a sound lock can't have done. What the history does not prove is not said.
/// </summary>
internal static class HistoryChecker
{
    /// <summary>Checks a history.</summary>
    /// <param name="history">The events of all processes, in the order of time.</param>
    /// <param name="longestTimeToLive">The longest lease that was asked for.</param>
    /// <returns>What is wrong; empty when nothing is.</returns>
    internal static IReadOnlyList<string> Check(IReadOnlyList<HistoryEvent> history, TimeSpan longestTimeToLive)
    {
        var holds = Hold.From(history);
        HistoryEvent[] forgotten = [.. history.Where(entry => entry.Kind == HistoryKind.Forgot)];
        var lease = (long)(longestTimeToLive.TotalSeconds * Stopwatch.Frequency);
        return
        [
            .. holds.GroupBy(hold => hold.Key, StringComparer.Ordinal).SelectMany(key => FindOverlaps([.. key], forgotten).Concat(FindFallingTokens([.. key], forgotten))),
            .. holds.SelectMany(hold => FindRevivals(hold, forgotten, lease)),
        ];
    }

    /// <summary>
    /// Checks a number that was protected by the lock and the guard: each holder read it and wrote one more.
    /// </summary>
    /// <param name="history">The events of all processes.</param>
    /// <param name="key">The lock's key, which is the number's name.</param>
    /// <param name="number">What the number is in the end; it was zero.</param>
    /// <returns>What is wrong; empty when nothing is.</returns>
    internal static IReadOnlyList<string> CheckCounter(IReadOnlyList<HistoryEvent> history, string key, long number)
    {
        var count = Count(history, key);
        return number < count.Written || number > count.Written + count.Unknown
            ? [Text($"{key} is {number} after {count.Written} acknowledged writes and {count.Unknown} of unknown outcome")]
            : [];
    }

    /// <summary>How many writes were acknowledged, were refused by the guard, or have an unknown outcome.</summary>
    internal static (long Written, long Refused, long Unknown) Count(IReadOnlyList<HistoryEvent> history, string key)
    {
        long Of(HistoryKind kind) => history.Count(entry => entry.Kind == kind && entry.Key == key);
        var (written, refused) = (Of(HistoryKind.Written), Of(HistoryKind.Refused));
        return (written, refused, Of(HistoryKind.Writing) - written - refused);
    }

    /// <summary>
    /// Holders at a time of which one has to be alone, or that are more than the last of them allows; none had been
    /// told of a loss, and the store had not forgotten the earlier one's lock.
    /// </summary>
    private static IEnumerable<string> FindOverlaps(Hold[] holds, HistoryEvent[] forgotten)
    {
        var beside = new int[holds.Length];
        for (var i = 0; i < holds.Length; i++)
        {
            for (var j = i + 1; j < holds.Length && holds[j].GrantedAt < holds[i].ClaimedUntil; j++)
            {
                var (first, second) = (holds[i], holds[j]);
                if (!second.IsConfirmed || forgotten.Any(store => first.AskedAt < store.At && second.GrantedAt > store.Value))
                {
                    continue;
                }

                if (first.IsAlone || second.IsAlone)
                {
                    var overlap = Milliseconds(Math.Min(first.ClaimedUntil, second.ClaimedUntil) - second.GrantedAt);
                    yield return Text($"{first.Key} was held by {first.Worker} ({first.Token}) and {second.Worker} ({second.Token}) for {overlap} ms");
                }
                else if (++beside[j] == second.Limit)
                {
                    yield return Text($"{second.Key} was held by {second.Worker} ({second.Token}) beside {second.Limit} others, where {second.Limit} may hold it");
                }
            }
        }
    }

    private static IEnumerable<string> FindFallingTokens(Hold[] holds, HistoryEvent[] forgotten)
    {
        foreach (var same in holds.GroupBy(hold => hold.Token).Where(group => group.Count() > 1))
        {
            yield return Text($"{same.First().Key} was granted {same.Count()} times with the token {same.Key}");
        }

        // What was granted before another was asked for came before it, whatever else is known.
        for (var i = 0; i < holds.Length; i++)
        {
            for (var j = i + 1; j < holds.Length; j++)
            {
                var (first, second) = (holds[i], holds[j]);

                // Those that hold it together may have been noted in another order than they were granted in.
                var isInTurn = (first.IsAlone || second.IsAlone) && first.IsConfirmed && second.IsConfirmed && !CouldBeOlder(second, forgotten);
                var isInOrder = first.GrantedAt < second.AskedAt || isInTurn;
                if (isInOrder && second.Token < first.Token)
                {
                    yield return Text($"{first.Key} was granted with the token {second.Token} after {first.Token}");
                }
            }
        }
    }

    /// <summary>
    /// Whether the store may have granted it before it forgot, and so before somebody whose grant was noted sooner.
    /// </summary>
    private static bool CouldBeOlder(Hold hold, HistoryEvent[] forgotten) => forgotten.Any(store => hold.AskedAt < store.At && hold.GrantedAt > store.Value);

    /// <summary>
    /// A lock that the store has forgotten can't be renewed, so it ends after a time to live at most.
    /// </summary>
    private static IEnumerable<string> FindRevivals(Hold hold, HistoryEvent[] forgotten, long lease)
    {
        var store = Array.Find(forgotten, store => hold.IsConfirmed && hold.GrantedAt < store.Value && hold.LastSeenAt > store.At + lease);
        if (store.At > 0)
        {
            yield return Text(
                $"{hold.Key} was held by {hold.Worker} ({hold.Token}) {Milliseconds(hold.LastSeenAt - store.At)} ms after the store had forgotten it");
        }
    }

    private static long Milliseconds(long ticks) => ticks * 1000 / Stopwatch.Frequency;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
