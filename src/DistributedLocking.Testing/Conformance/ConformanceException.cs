namespace DistributedLocking.Testing.Conformance;

/// <summary>A provider does not keep a guarantee: a fact of the conformance suite failed.</summary>
public class ConformanceException : Exception
{
    /// <summary>Creates the exception with a general message.</summary>
    public ConformanceException()
        : this("A fact of the conformance suite failed.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was expected and what was seen.</param>
    public ConformanceException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was expected and what was seen.</param>
    /// <param name="innerException">The cause.</param>
    public ConformanceException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
