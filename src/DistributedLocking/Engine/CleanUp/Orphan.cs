using DistributedLocking.Providers;

namespace DistributedLocking.Engine.CleanUp;

/// <summary>What the store may hold for an owner that has no use for it.</summary>
internal enum OrphanKind
{
    /// <summary>The key, if the owner's attempt, of unknown outcome, was granted or will be.</summary>
    Attempt,

    /// <summary>The key, which was granted. Any answer settles that: it can't be granted again.</summary>
    Lease,

    /// <summary>A place in the queue.</summary>
    Place,
}

/// <summary>Something to clean up.</summary>
/// <param name="Owner">The key and the owner.</param>
/// <param name="Kind">What it may hold.</param>
/// <param name="Since">When it became an orphan.</param>
/// <param name="Until">When that would have ended by itself.</param>
internal sealed record Orphan(LeaseReference Owner, OrphanKind Kind, long Since, long Until)
{
    /// <summary>Set for a try with which it shall be enough, whatever the store finds.</summary>
    internal bool IsLastLook { get; set; }

    /// <summary>Set while it is tried for the first time.</summary>
    internal bool IsFirstTry { get; set; }

    /// <summary>Set for a try that shall show whether the store answers again.</summary>
    internal bool IsProbe { get; set; }
}
