namespace ConcurrentMutation.Mutations;

internal enum MutationOutcome
{
    /// <summary>Written; nobody else wrote since the read.</summary>
    Consistent,

    /// <summary>Written, but somebody else had written since the read: that change was made on stale data.</summary>
    Inconsistent,

    /// <summary>Refused, because somebody else had written since the read.</summary>
    Conflict,
}
