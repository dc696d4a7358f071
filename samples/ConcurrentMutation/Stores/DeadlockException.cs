namespace ConcurrentMutation.Stores;

/// <summary>
/// The database has rolled this transaction back to let another go on. Nothing was written; the mutation can be done
/// again.
/// </summary>
internal sealed class DeadlockException(Exception innerException) : Exception("The transaction was the victim of a deadlock.", innerException);
