using DistributedLocking;

namespace SqliteLock;

/// <summary>Options of the lock in an SQLite file.</summary>
public sealed class SqliteLockOptions : DistributedLockOptions
{
    /// <summary>The database's file, which is made when it is missing.</summary>
    /// <value>Required.</value>
    public string Path { get; set; } = "";
}
