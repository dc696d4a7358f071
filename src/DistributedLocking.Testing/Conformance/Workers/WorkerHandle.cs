namespace DistributedLocking.Testing.Conformance.Workers;

/// <summary>A lock that a worker process holds.</summary>
public sealed class WorkerHandle
{
    private readonly LockWorkerProcess _worker;
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal WorkerHandle(LockWorkerProcess worker, int number)
    {
        _worker = worker;
        Number = number;
    }

    /// <summary>The lock's fencing token.</summary>
    public long FencingToken { get; internal set; }

    /// <summary>
    /// Ends when the worker tells that the lock's <see cref="IDistributedLockHandle.LostToken"/> was cancelled.
    /// </summary>
    public Task Lost => _lost.Task;

    internal int Number { get; }

    /// <summary>Releases the lock in the worker.</summary>
    /// <param name="cancellationToken">Ends the wait for the reply.</param>
    /// <returns>What the handle's release returned.</returns>
    public async Task<bool> ReleaseAsync(CancellationToken cancellationToken = default) =>
        bool.Parse((await _worker.SendAsync(WorkerProtocol.Release, [Number], cancellationToken).ConfigureAwait(false))[0]);

    /// <summary>Asks the worker about its handle.</summary>
    /// <param name="cancellationToken">Ends the wait for the reply.</param>
    /// <returns>The handle's members.</returns>
    public async Task<WorkerHandleStatus> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        var values = await _worker.SendAsync(WorkerProtocol.Status, [Number], cancellationToken).ConfigureAwait(false);
        return new WorkerHandleStatus(bool.Parse(values[0]), WorkerProtocol.Time(values[1]), bool.Parse(values[2]));
    }

    internal void SignalLost() => _lost.TrySetResult();
}

/// <summary>What a worker's handle says of itself.</summary>
/// <param name="IsHeld"><see cref="IDistributedLockHandle.IsHeld"/>.</param>
/// <param name="RemainingTime"><see cref="IDistributedLockHandle.RemainingTime"/>, in whole milliseconds.</param>
/// <param name="IsLost">Whether <see cref="IDistributedLockHandle.LostToken"/> is cancelled.</param>
public readonly record struct WorkerHandleStatus(bool IsHeld, TimeSpan RemainingTime, bool IsLost);
