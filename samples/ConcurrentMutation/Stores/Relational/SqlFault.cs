namespace ConcurrentMutation.Stores.Relational;

/// <summary>What a database's error means to the demo.</summary>
internal enum SqlFault
{
    Other,

    /// <summary>The database has ended this transaction, because it and another waited for each other.</summary>
    Deadlock,

    /// <summary>The row stayed locked. The transaction may still be open.</summary>
    LockTimeout,
}
