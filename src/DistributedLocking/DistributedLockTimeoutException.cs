namespace DistributedLocking;

/// <summary>Somebody else held the lock for as long as the caller was ready to wait.</summary>
public class DistributedLockTimeoutException : TimeoutException
{
    /// <summary>Creates the exception with a general message.</summary>
    public DistributedLockTimeoutException()
        : this("Somebody else held the lock for the whole wait.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    public DistributedLockTimeoutException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">The cause.</param>
    public DistributedLockTimeoutException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The key that was asked for.</summary>
    public string Key { get; init; } = "";

    /// <summary>How long the caller waited.</summary>
    public TimeSpan Waited { get; init; }
}
