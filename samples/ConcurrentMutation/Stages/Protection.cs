namespace ConcurrentMutation.Stages;

/// <summary>What keeps the workers of a stage from working on stale data.</summary>
internal enum Protection
{
    /// <summary>Nothing does.</summary>
    None,

    /// <summary>A distributed lock around read and write.</summary>
    Mutex,

    /// <summary>The database's own lock on the row, in a transaction around read and write.</summary>
    RowLock,

    /// <summary>The write is refused when the row's version is not the one that was read.</summary>
    Version,
}
