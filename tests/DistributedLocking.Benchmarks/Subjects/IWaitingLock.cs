namespace DistributedLocking.Benchmarks.Subjects;

/// <summary>A lock for one holder at a time, which waits as long as it takes.</summary>
internal interface IWaitingLock : IAsyncDisposable
{
    Task AcquireAsync(string key);

    Task ReleaseAsync(string key);
}
