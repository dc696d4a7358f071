using DistributedLocking.Benchmarks.Measurement;

namespace DistributedLocking.Benchmarks.Subjects;

/// <summary>Another package's lock, used as its own documentation shows.</summary>
/// <param name="name">The package.</param>
/// <param name="acquire">Acquires a key; to dispose of the result is to release.</param>
/// <param name="close">Ends what the lock needs.</param>
internal sealed class PeerLock(string name, Func<string, Task<IAsyncDisposable>> acquire, Func<ValueTask> close) : ILockSubject, IWaitingLock
{
    private IAsyncDisposable? _held;

    public string Name => name;

    public async Task RunAsync(CallerLoop loop)
    {
        var key = $"peer:{loop.Key}";
        while (loop.Next())
        {
            await using var held = await acquire(key);
        }
    }

    public async Task AcquireAsync(string key) => _held = await acquire(key);

    public async Task ReleaseAsync(string key) => await _held!.DisposeAsync();

    public ValueTask DisposeAsync() => close();
}
