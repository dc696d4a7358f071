namespace DistributedLocking.Benchmarks.Stores;

/// <summary>There is no server to measure on. The message is one line that says so.</summary>
internal sealed class StoreUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
