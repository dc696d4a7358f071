namespace DistributedLocking;

/// <summary>The lock is not held any more: its lease ran out, another holder has it, or it was released.</summary>
public class DistributedLockLostException : DistributedLockException
{
    /// <summary>Creates the exception with a general message.</summary>
    public DistributedLockLostException()
        : this("The lock is not held any more.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    public DistributedLockLostException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">The cause.</param>
    public DistributedLockLostException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
