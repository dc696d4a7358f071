namespace DistributedLocking.Sql.Dialects;

/// <summary>What a locking statement found.</summary>
/// <param name="IsLocked">Whether the row is locked by this transaction now.</param>
/// <param name="Exists">Whether there is a row.</param>
/// <param name="Token">The row's stored fencing token, when it is locked.</param>
/// <param name="UsedAt">
/// When the row was last written, in microseconds of the database's clock, when it is locked.
/// </param>
/// <param name="ExpiresAt">
/// When a lease on the row ends, in microseconds of the database's clock, when it is locked; zero for none.
/// </param>
/// <param name="Now">The database's clock in microseconds since 1970, read after the lock was granted.</param>
public readonly record struct RowState(bool IsLocked, bool Exists, long Token, long UsedAt, long ExpiresAt, long Now);
