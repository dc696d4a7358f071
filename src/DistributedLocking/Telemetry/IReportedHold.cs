namespace DistributedLocking.Telemetry;

/// <summary>What logs, metrics and traces tell of a lock that is or was held.</summary>
internal interface IReportedHold
{
    string Key { get; }

    string OwnerId { get; }

    long FencingToken { get; }

    /// <summary>When it was acquired, and when its lease ends.</summary>
    long AcquiredAt { get; }

    long Deadline { get; }

    /// <summary>What metrics know of it.</summary>
    ref HoldReport Hold { get; }
}
