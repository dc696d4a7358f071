namespace DistributedLocking;

/// <summary>
/// What the exceptions of this library derive from, but for <see cref="DistributedLockTimeoutException"/>.
/// </summary>
public class DistributedLockException : Exception
{
    /// <summary>Creates the exception with a general message.</summary>
    public DistributedLockException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    public DistributedLockException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">The cause.</param>
    public DistributedLockException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
