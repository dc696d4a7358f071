using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Tool.Running;

/// <summary>What to hold while the command runs.</summary>
/// <param name="Key">The key.</param>
internal sealed record LockRequest(string Key)
{
    internal required LockHolderKind Kind { get; init; }

    /// <summary>How many permits there are, of a semaphore.</summary>
    internal required int? Permits { get; init; }

    internal required TimeSpan TimeToLive { get; init; }

    internal required TimeSpan Wait { get; init; }

    /// <summary>Null when somebody else holds it to the end of the wait.</summary>
    internal ValueTask<IDistributedLockHandle?> TryAcquireAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var options = new AcquireOptions { TimeToLive = TimeToLive, WaitTimeout = Wait };
        return Kind switch
        {
            LockHolderKind.Reader => services.GetRequiredService<IDistributedReaderWriterLock>().TryAcquireReadLockAsync(Key, options, cancellationToken),
            LockHolderKind.Writer => services.GetRequiredService<IDistributedReaderWriterLock>().TryAcquireWriteLockAsync(Key, options, cancellationToken),
            LockHolderKind.Permit => services.GetRequiredService<IDistributedSemaphore>().TryAcquireAsync(Key, Permits ?? 1, options, cancellationToken),
            _ => services.GetRequiredService<IDistributedLock>().TryAcquireAsync(Key, options, cancellationToken),
        };
    }
}
