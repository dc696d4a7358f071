namespace DistributedLocking;

/// <summary>
/// The store failed or did not answer in time, so nothing is known about who holds the lock. The driver's exception is
/// inside.
/// </summary>
public class DistributedLockUnavailableException : DistributedLockException
{
    /// <summary>Creates the exception with a general message.</summary>
    public DistributedLockUnavailableException()
        : this("The lock's store is not available.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    public DistributedLockUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">The driver's exception.</param>
    public DistributedLockUnavailableException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether another try may succeed without anybody changing the configuration.</summary>
    /// <value>
    /// Default: true. A waiting acquire goes on trying after a transient failure and ends at once after any other, such
    /// as a wrong password.
    /// </value>
    public bool IsTransient { get; init; } = true;

    /// <summary>
    /// Whether the request surely never left this process, as when a connection was refused, so that the store can hold
    /// nothing of it.
    /// </summary>
    /// <value>
    /// Default: false, the outcome is unknown. An acquisition that fails so is then undone in the background, which is
    /// spared where this is true: a provider says so only where nothing of the request can still be on its way.
    /// </value>
    public bool IsUnsent { get; init; }
}
