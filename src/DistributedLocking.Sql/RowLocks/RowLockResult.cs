using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.RowLocks;

/// <summary>What came of locking a row.</summary>
/// <param name="State">What was found.</param>
/// <param name="Token">
/// The grant's fencing token, the first of several in a row; null when somebody else has the row, or a lease on it.
/// </param>
internal readonly record struct RowLockResult(RowState State, long? Token);
