namespace DistributedLocking.Sql;

/// <summary>
/// Row locks use as many connections as <see cref="SqlLockOptions.MaxConnections"/> allows, or as the driver's pool
/// has.
/// </summary>
public class SqlConnectionLimitException : DistributedLockUnavailableException
{
    /// <summary>Creates the exception with a general message.</summary>
    public SqlConnectionLimitException()
        : this("Row locks use as many connections as they may.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    public SqlConnectionLimitException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">What caused it.</param>
    public SqlConnectionLimitException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
