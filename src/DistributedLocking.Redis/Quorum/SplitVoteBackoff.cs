namespace DistributedLocking.Redis.Quorum;

/// <summary>
/// Those who try at the same time may each get a few votes and none a majority. All take theirs back and try again
/// after a pause that differs.
/// </summary>
internal static class SplitVoteBackoff
{
    private const int Rounds = 5;

    /// <returns>The pause before the next round, longer each time; null after the last.</returns>
    internal static TimeSpan? PauseBefore(int round) =>
        round < Rounds ? TimeSpan.FromMilliseconds(1 + (Random.Shared.NextDouble() * (4 << round))) : null;
}
