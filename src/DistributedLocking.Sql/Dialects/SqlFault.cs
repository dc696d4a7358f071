namespace DistributedLocking.Sql.Dialects;

/// <summary>What a failure reported by a driver means.</summary>
public enum SqlFault
{
    /// <summary>The database is away or in trouble; another try may succeed.</summary>
    Unavailable = 0,

    /// <summary>
    /// The database refuses this user, or does not know the database, table or statement: trying again does not help.
    /// </summary>
    Refused,

    /// <summary>A row is locked by somebody else, and the time to wait for it is over.</summary>
    LockTimeout,

    /// <summary>
    /// The transaction was chosen as the victim of a deadlock or of a serialization failure, and has been undone.
    /// </summary>
    Deadlock,

    /// <summary>The table does not exist.</summary>
    TableMissing,

    /// <summary>What was to be created exists: somebody else created it at the same time.</summary>
    AlreadyExists,

    /// <summary>
    /// The server does not know a prepared statement, or has another of its name: the connection is not one session.
    /// </summary>
    NotPrepared,
}
