using DistributedLocking.Benchmarks.Measurement;

namespace DistributedLocking.Benchmarks.Subjects;

/// <summary>Something that locks. Each has a connection of its own, and all are configured alike.</summary>
internal interface ILockSubject : IAsyncDisposable
{
    string Name { get; }

    /// <summary>
    /// Acquires and releases the caller's key until its turn is over. The loop is the subject's, so that the bytes of a
    /// call in between are not counted.
    /// </summary>
    Task RunAsync(CallerLoop loop);
}
