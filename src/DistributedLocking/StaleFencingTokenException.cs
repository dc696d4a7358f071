namespace DistributedLocking;

/// <summary>
/// A guard refused a fencing token because it has seen a newer one: the caller lost the lock and somebody else has held
/// it since.
/// </summary>
public class StaleFencingTokenException : DistributedLockException
{
    /// <summary>Creates the exception with a general message.</summary>
    public StaleFencingTokenException()
        : this("The fencing token is older than the newest one seen for the resource.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    public StaleFencingTokenException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">The cause.</param>
    public StaleFencingTokenException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The token that was refused.</summary>
    public long FencingToken { get; init; }

    /// <summary>The newest token that the guard has seen.</summary>
    public long NewestToken { get; init; }
}
