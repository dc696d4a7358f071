namespace DistributedLocking.Sql.Connections;

/// <summary>
/// We ended the wait for a lock, because the server could not do so exactly. It never leaves the assembly.
/// </summary>
internal sealed class WaitEndedException(Exception innerException) : Exception("The wait for the lock is over.", innerException);
