namespace DistributedLocking.Redis.Quorum;

/// <summary>What the votes come to.</summary>
internal enum QuorumDecision
{
    /// <summary>The votes to come matter.</summary>
    Open = 0,

    /// <summary>A majority granted.</summary>
    Granted,

    /// <summary>Too many are held by others for a majority to be left.</summary>
    Held,

    /// <summary>Too few answered.</summary>
    Unavailable,
}

/// <summary>The arithmetic of majorities.</summary>
/// <param name="Servers">How many servers there are.</param>
internal readonly record struct QuorumRule(int Servers)
{
    /// <summary>How many are a majority. Any two majorities share a server.</summary>
    internal int Majority => (Servers / 2) + 1;

    /// <summary>How many can be missing while the others are a majority.</summary>
    internal int Spare => Servers - Majority;

    /// <summary>Decides as soon as the votes to come can't change it.</summary>
    /// <param name="votes">The votes; null for those that have not come yet.</param>
    internal QuorumDecision Decide(IReadOnlyList<ServerVote?> votes)
    {
        int granted = 0, held = 0, unknown = 0;
        foreach (var vote in votes)
        {
            switch (vote?.Kind)
            {
                case VoteKind.Granted:
                    granted++;
                    break;
                case VoteKind.Held:
                    held++;
                    break;
                case VoteKind.Unknown:
                    unknown++;
                    break;
                default:
                    break;
            }
        }

        return granted >= Majority ? QuorumDecision.Granted
            : unknown > Spare ? QuorumDecision.Unavailable
            : held > Spare || granted + held + unknown == Servers ? QuorumDecision.Held
            : QuorumDecision.Open;
    }

    /// <summary>
    /// Whether one other owner holds a majority. If not, the votes were split among those who tried at the same time.
    /// </summary>
    internal bool HasHolder(IReadOnlyList<ServerVote?> votes)
    {
        var majority = Majority;
        return votes.Where(vote => vote?.Holder is not null).GroupBy(vote => vote!.Value.Holder, StringComparer.Ordinal).Any(holder => holder.Count() >= majority);
    }

    /// <summary>When a majority is free unless leases are renewed; null when too few servers could say.</summary>
    internal TimeSpan? FreeIn(IReadOnlyList<ServerVote?> votes)
    {
        var times = votes
            .Select(vote => vote?.Kind switch { VoteKind.Granted => TimeSpan.Zero, VoteKind.Held => vote.Value.HolderExpiresIn, _ => null })
            .OfType<TimeSpan>().Order().ToList();
        return times.Count >= Majority ? times[Majority - 1] : null;
    }
}
