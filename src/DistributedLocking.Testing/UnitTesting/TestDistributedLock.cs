using System.Diagnostics.CodeAnalysis;
using DistributedLocking.InMemory;
using DistributedLocking.Providers;

namespace DistributedLocking.Testing;

/// <summary>
/// A lock for unit tests of code that takes locks, reader-writer locks and semaphores: the real engine over a store in
/// memory. It grants what is free, remembers what was acquired, and does on demand what is rare with a real store:
/// another process holds a key, a lock is lost, the store fails.
/// </summary>
/// <remarks>Handles that it gave out are kept until it is disposed, so a forgotten one does not lapse.</remarks>
/// <example>
/// <code>
/// await using var locks = new TestDistributedLock();
/// using (locks.HoldElsewhere("report"))
/// {
///     Assert.False(await new ReportJob(locks).TryRunAsync());
/// }
/// </code>
/// </example>
public sealed class TestDistributedLock : IDistributedLock, IDistributedReaderWriterLock, IDistributedSemaphore, IAsyncDisposable, IDisposable
{
    private readonly object _lock = new();
    private readonly List<TestAcquisition> _acquisitions = [];
    private readonly TimeProvider _time;
    private readonly InMemoryLockProvider _elsewhere;
    private readonly DistributedLock _locks;
    private IDisposable? _outage;

    /// <summary>Makes a lock with an empty store.</summary>
    /// <param name="timeProvider">The clock, such as a <see cref="ManualTimeProvider"/>; null for the system's.</param>
    /// <param name="options">
    /// The defaults of the acquisitions; null for those of <see cref="DistributedLockOptions"/>.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public TestDistributedLock(TimeProvider? timeProvider = null, DistributedLockOptions? options = null)
    {
        _time = timeProvider ?? TimeProvider.System;
        options ??= new DistributedLockOptions();
        var store = new InMemoryLockStore(_time);
        _elsewhere = new InMemoryLockProvider(store, options);
        Faults = new FaultyLockProvider(new InMemoryLockProvider(store, options), _time);
        _locks = new DistributedLock(Faults, options, timeProvider: _time);
    }

    /// <summary>What was acquired through this instance, oldest first.</summary>
    public IReadOnlyList<TestAcquisition> Acquisitions
    {
        get
        {
            lock (_lock)
            {
                return [.. _acquisitions];
            }
        }
    }

    /// <summary>
    /// For faults more subtle than <see cref="FailStore"/>: late, held back or lost requests and replies.
    /// </summary>
    public FaultyLockProvider Faults { get; }

    /// <summary>Makes another process hold a key.</summary>
    /// <param name="key">The key, free now.</param>
    /// <returns>Dispose it to make the other process release the key.</returns>
    /// <exception cref="InvalidOperationException">The key is held already.</exception>
    /// <exception cref="ArgumentException">The key is empty.</exception>
    public IDisposable HoldElsewhere(string key) => ElsewhereHold.Begin(_elsewhere, key, LockMode.Exclusive, limit: 1);

    /// <summary>Makes another process read under a reader-writer lock, so that nobody can write.</summary>
    /// <param name="key">The key, which nobody writes under now.</param>
    /// <returns>Dispose it to make the other process release the key.</returns>
    /// <exception cref="InvalidOperationException">Somebody writes.</exception>
    /// <exception cref="ArgumentException">The key is empty.</exception>
    public IDisposable HoldReadLockElsewhere(string key) => ElsewhereHold.Begin(_elsewhere, key, LockMode.Shared, limit: int.MaxValue);

    /// <summary>Makes another process write under a reader-writer lock, so that nobody else can read or write.</summary>
    /// <param name="key">The key, free now.</param>
    /// <returns>Dispose it to make the other process release the key.</returns>
    /// <exception cref="InvalidOperationException">Somebody reads or writes.</exception>
    /// <exception cref="ArgumentException">The key is empty.</exception>
    public IDisposable HoldWriteLockElsewhere(string key) => ElsewhereHold.Begin(_elsewhere, key, LockMode.Shared, limit: 1);

    /// <summary>Makes another process hold a permit of a semaphore.</summary>
    /// <param name="key">The key, which fewer than <paramref name="maxCount"/> hold now.</param>
    /// <param name="maxCount">How many may hold it at once.</param>
    /// <returns>Dispose it to make the other process release the permit.</returns>
    /// <exception cref="InvalidOperationException">All permits are taken.</exception>
    /// <exception cref="ArgumentException">The key is empty, or the count is not positive.</exception>
    public IDisposable HoldPermitElsewhere(string key, int maxCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxCount);
        return ElsewhereHold.Begin(_elsewhere, key, LockMode.Counted, maxCount);
    }

    /// <summary>
    /// Makes the code under test lose what it holds of a key, in every mode, as if its lease had ended in the store.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <returns>
    /// True when something of this key was held. Its <see cref="IDistributedLockHandle.LostToken"/> is cancelled now;
    /// callbacks may still run.
    /// </returns>
    /// <exception cref="DistributedLockUnavailableException">
    /// The store was made to fail, so the holder can't learn of the loss.
    /// </exception>
    public async ValueTask<bool> LoseAsync(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return await LoseAsync(acquisition => string.Equals(acquisition.Key, key, StringComparison.Ordinal)).ConfigureAwait(false) > 0;
    }

    /// <summary>
    /// Makes the code under test lose all its locks, as a restart of a store without persistence does.
    /// </summary>
    /// <returns>How many were held.</returns>
    /// <exception cref="DistributedLockUnavailableException">
    /// The store was made to fail, so the holders can't learn of the loss.
    /// </exception>
    public ValueTask<int> LoseAllAsync() => LoseAsync(_ => true);

    /// <summary>Makes every operation of the store fail until <see cref="RestoreStore"/>.</summary>
    /// <param name="error">
    /// The store's exception; null for an <see cref="IOException"/>. It comes inside a
    /// <see cref="DistributedLockUnavailableException"/>.
    /// </param>
    public void FailStore(Exception? error = null)
    {
        var outage = Faults.FailRequests(ProviderOperations.All, error is null ? null : () => error);
        Interlocked.Exchange(ref _outage, outage)?.Dispose();
    }

    /// <summary>Ends what <see cref="FailStore"/> began.</summary>
    public void RestoreStore() => Interlocked.Exchange(ref _outage, null)?.Dispose();

    /// <inheritdoc />
    public async ValueTask<IDistributedLockHandle> AcquireAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        Record(await _locks.AcquireAsync(key, options, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc />
    public async ValueTask<IDistributedLockHandle?> TryAcquireAsync(
        string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        Record(await _locks.TryAcquireAsync(key, options, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc />
    public async ValueTask<bool> ReleaseAsync(string key, CancellationToken cancellationToken = default)
    {
        var held = Acquisitions
            .Where(acquisition => acquisition.IsHeld && acquisition.Mode == LockMode.Exclusive && string.Equals(acquisition.Key, key, StringComparison.Ordinal))
            .ToList();
        try
        {
            return await _locks.ReleaseAsync(key, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            held.FirstOrDefault(acquisition => !acquisition.IsHeld && !acquisition.Handle.LostToken.IsCancellationRequested)?.MarkReleased(_time.GetUtcNow());
        }
    }

    /// <inheritdoc />
    public async ValueTask<IDistributedLockHandle> AcquireReadLockAsync(
        string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        Record(await _locks.AcquireReadLockAsync(key, options, cancellationToken).ConfigureAwait(false), LockMode.Shared, int.MaxValue);

    /// <inheritdoc />
    public async ValueTask<IDistributedLockHandle?> TryAcquireReadLockAsync(
        string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        Record(await _locks.TryAcquireReadLockAsync(key, options, cancellationToken).ConfigureAwait(false), LockMode.Shared, int.MaxValue);

    /// <inheritdoc />
    public async ValueTask<IDistributedLockHandle> AcquireWriteLockAsync(
        string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        Record(await _locks.AcquireWriteLockAsync(key, options, cancellationToken).ConfigureAwait(false), LockMode.Shared);

    /// <inheritdoc />
    public async ValueTask<IDistributedLockHandle?> TryAcquireWriteLockAsync(
        string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        Record(await _locks.TryAcquireWriteLockAsync(key, options, cancellationToken).ConfigureAwait(false), LockMode.Shared);

    async ValueTask<IDistributedLockHandle> IDistributedSemaphore.AcquireAsync(
        string key, int maxCount, AcquireOptions? options, CancellationToken cancellationToken) =>
        Record(await Semaphore.AcquireAsync(key, maxCount, options, cancellationToken).ConfigureAwait(false), LockMode.Counted, maxCount);

    async ValueTask<IDistributedLockHandle?> IDistributedSemaphore.TryAcquireAsync(
        string key, int maxCount, AcquireOptions? options, CancellationToken cancellationToken) =>
        Record(await Semaphore.TryAcquireAsync(key, maxCount, options, cancellationToken).ConfigureAwait(false), LockMode.Counted, maxCount);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _locks.DisposeAsync();

    /// <inheritdoc />
    public void Dispose() => _locks.Dispose();

    private IDistributedSemaphore Semaphore => _locks;

    [return: NotNullIfNotNull(nameof(handle))]
    private TestLockHandle? Record(IDistributedLockHandle? handle, LockMode mode = LockMode.Exclusive, int limit = 1)
    {
        if (handle is null)
        {
            return null;
        }

        var acquisition = new TestAcquisition(handle, mode, limit, _time.GetUtcNow());
        lock (_lock)
        {
            _acquisitions.Add(acquisition);
        }

        return new TestLockHandle(handle, acquisition, _time);
    }

    private async ValueTask<int> LoseAsync(Func<TestAcquisition, bool> which)
    {
        var lost = 0;
        foreach (var acquisition in Acquisitions.Where(acquisition => acquisition.IsHeld && which(acquisition)))
        {
            var handle = acquisition.Handle;
            await _elsewhere.ReleaseAsync(new LeaseReference(handle.Key, handle.OwnerId) { Mode = acquisition.Mode }, CancellationToken.None).ConfigureAwait(false);
            try
            {
                // The next renewal finds out; this one need not be waited for.
                await handle.ExtendAsync().ConfigureAwait(false);
            }
            catch (DistributedLockLostException)
            {
                lost++;
            }
        }

        return lost;
    }
}
