namespace DistributedLocking.Sql;

/// <summary>
/// The database ended your transaction so that others can go on: it was the victim of a deadlock, or could not be
/// serialized. Roll it back, and run it again from its start, best after a short random wait.
/// </summary>
/// <remarks>
/// On MySQL and MariaDB the transaction has been undone already: statements that follow without a rollback would be
/// outside of any transaction.
/// </remarks>
public class SqlDeadlockException : DistributedLockException
{
    /// <summary>Creates the exception with a general message.</summary>
    public SqlDeadlockException()
        : this("The transaction was the victim of a deadlock or of a serialization failure. Roll it back and run it again.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    public SqlDeadlockException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">The driver's exception.</param>
    public SqlDeadlockException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
