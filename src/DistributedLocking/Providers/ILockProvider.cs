namespace DistributedLocking.Providers;

/// <summary>
/// The operations that touch a store. The engine does everything else: waiting, retries, renewal, loss detection,
/// clean-up and telemetry.
/// </summary>
/// <remarks>
/// <para>A member answers "not granted" or "lost" only when the store says so. When the store fails it throws, best a
/// <see cref="DistributedLockUnavailableException"/> with the driver's exception inside; the engine wraps any other.
/// Each command has a time-out of the provider's own, after which it throws; the engine then treats the outcome as
/// unknown and cleans up. Where a request surely never left the process the exception says so
/// (<see cref="DistributedLockUnavailableException.IsUnsent"/>), and nothing has to be cleaned up.</para>
/// <para>Keys arrive without a prefix and well formed; the provider adds its
/// <see cref="DistributedLockOptions.KeyPrefix"/> and maps them so that no two become one. All members are called
/// concurrently.</para>
/// </remarks>
public interface ILockProvider : IAsyncDisposable
{
    /// <summary>A short name for logs and metrics, such as <c>redis</c>.</summary>
    string Name { get; }

    /// <summary>What the store can do.</summary>
    LockProviderCapabilities Capabilities { get; }

    /// <summary>Says why the store can't do what it declares no capability for.</summary>
    /// <param name="mode">
    /// <see cref="LockMode.Shared"/> or <see cref="LockMode.Counted"/>, without the capability of that name.
    /// </param>
    /// <returns>
    /// A sentence for the message of the error, such as why it can't be done on this topology; null when there is no
    /// more to say.
    /// </returns>
    string? WhyNot(LockMode mode) => null;

    /// <summary>
    /// Tells who holds what; null without <see cref="LockProviderCapabilities.Inspection"/>.
    /// </summary>
    ILockInspection? Inspection => null;

    /// <summary>
    /// Why the store can't tell who holds what, as a sentence for the message of the error; null when there is no more
    /// to say.
    /// </summary>
    string? WhyNoInspection => null;

    /// <summary>
    /// Tries once to acquire, waiting in the store for at most <see cref="AcquireRequest.StoreWait"/>; see
    /// <see cref="LockProviderCapabilities.Queue"/>.
    /// </summary>
    /// <param name="request">The key, the owner and the lease asked for.</param>
    /// <param name="cancellationToken">
    /// Ends the wait in the store. The outcome is then unknown unless the provider says otherwise: by an answer, or by
    /// an exception that is <see cref="DistributedLockUnavailableException.IsUnsent"/>, which may be inside of the
    /// <see cref="OperationCanceledException"/>.
    /// </param>
    /// <returns>A grant with its fencing token, or "not granted" because another owner holds it.</returns>
    ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Gives each lease of the batch its time to live from now on, if the owner still holds it. Never acquires.
    /// </summary>
    /// <param name="batch">The leases. They may have nothing in common but the store.</param>
    /// <param name="cancellationToken">Cancelled when the engine stops.</param>
    /// <returns>
    /// One reply for each request, in the same order. A failure of a single lease is
    /// <see cref="RenewalOutcome.Unknown"/> with its exception; throwing means the same for the whole batch.
    /// </returns>
    /// <remarks>
    /// The engine calls this on a thread of its own, so that a starved thread pool does not delay what is sent before
    /// the first await.
    /// </remarks>
    ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken);

    /// <summary>
    /// Does what <see cref="RenewAsync"/> does, telling each answer as soon as it has come, so that a part of the store
    /// that does not answer holds up no lease in another. This is what the engine calls. By default the answers are
    /// told when all are there.
    /// </summary>
    /// <param name="batch">The leases.</param>
    /// <param name="onReply">
    /// Takes the reply to the request at that place of the batch. The first for each counts. Any thread may call it; it
    /// does not block for long.
    /// </param>
    /// <param name="cancellationToken">Cancelled when the engine stops.</param>
    /// <returns>
    /// A task that ends when no more replies will be told. What is missing then is
    /// <see cref="RenewalOutcome.Unknown"/>.
    /// </returns>
    async ValueTask RenewEachAsync(IReadOnlyList<RenewalRequest> batch, Action<int, RenewalReply> onReply, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(onReply);
        var replies = await RenewAsync(batch, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < replies.Count; i++)
        {
            onReply(i, replies[i]);
        }
    }

    /// <summary>
    /// Releases the lease if the owner holds it: one atomic compare-and-delete that also wakes waiters.
    /// </summary>
    /// <param name="lease">The key and the owner.</param>
    /// <param name="cancellationToken">Cancelled when the engine stops.</param>
    /// <returns>True when the owner held it; false when it did not, in which case nothing was changed.</returns>
    ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken);

    /// <summary>
    /// Starts to watch a key. Once this returns, no release goes unnoticed, so the engine tries again before it waits.
    /// Where the last attempt took a place in a queue, nothing since that attempt goes unnoticed, and the engine waits
    /// at once.
    /// </summary>
    /// <param name="request">The request that will be repeated when the watch wakes up.</param>
    /// <param name="cancellationToken">Cancelled when the caller stops waiting.</param>
    /// <returns>
    /// The watch, or null when the store can't notify now; the engine then polls, and asks again now and then.
    /// </returns>
    ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken) => ValueTask.FromResult<IKeyWatch?>(null);

    /// <summary>
    /// Gives up an owner's place in the store's queue. Called for providers with
    /// <see cref="LockProviderCapabilities.Queue"/>, and in modes other than the exclusive one, when a wait ends without
    /// a grant.
    /// </summary>
    /// <param name="waiter">The key and the owner that waited.</param>
    /// <param name="cancellationToken">Cancelled when the engine stops.</param>
    /// <returns>A task that ends when the place is given up.</returns>
    ValueTask LeaveAsync(LeaseReference waiter, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
