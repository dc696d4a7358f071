namespace DistributedLocking.Providers;

/// <summary>
/// Remembers one change until it is waited for, which is what a watch has to do: a provider's <see cref="IKeyWatch"/>
/// hands its waits on to this.
/// </summary>
/// <remarks>One waiter at a time. Any thread may set it; who waits goes on elsewhere.</remarks>
public sealed class WakeUpLatch
{
    private TaskCompletionSource _changed = New();
    private Exception? _failure;

    /// <summary>Tells of a change. Several before a wait are one.</summary>
    public void Set() => Volatile.Read(ref _changed).TrySetResult();

    /// <summary>Tells that changes can't be noticed any more; each wait throws from now on.</summary>
    /// <param name="failure">
    /// What the waits throw, inside of a <see cref="DistributedLockUnavailableException"/>.
    /// </param>
    public void Fail(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);

        // Full fences here and below, between a write and a read of the other: one of both sees what the other wrote.
        Interlocked.Exchange(ref _failure, failure);
        Set();
    }

    /// <summary>Waits for a change since the last wait, or since the beginning.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>"Changed".</returns>
    /// <exception cref="DistributedLockUnavailableException">See <see cref="Fail"/>.</exception>
    public async ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken)
    {
        await Volatile.Read(ref _changed).Task.WaitAsync(cancellationToken).ConfigureAwait(false);

        // What is told before this line is covered by the attempt that follows this return. A failure is not, and so is
        // looked for afterwards.
        Interlocked.Exchange(ref _changed, New());
        if (Volatile.Read(ref _failure) is not { } failure)
        {
            return WakeUp.Changed;
        }

        Set();
        throw new DistributedLockUnavailableException("The watch on the key has ended.", failure);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
