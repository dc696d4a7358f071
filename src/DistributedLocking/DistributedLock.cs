using DistributedLocking.Configuration;
using DistributedLocking.Engine;
using DistributedLocking.Engine.Plans;
using DistributedLocking.Keys;
using DistributedLocking.Providers;
using DistributedLocking.Telemetry;
using Microsoft.Extensions.Logging;

namespace DistributedLocking;

/// <summary>
/// The lock over a provider's store. Dependency injection makes it; make one yourself where there is none.
/// </summary>
/// <remarks>
/// It is the store's <see cref="IDistributedReaderWriterLock"/>, its <see cref="IDistributedSemaphore"/> and its
/// <see cref="IDistributedLockInspector"/>, too, where the provider has these; where not, their methods throw
/// <see cref="NotSupportedException"/>.
/// </remarks>
public sealed class DistributedLock : IDistributedLock, IDistributedReaderWriterLock, IDistributedSemaphore, IDistributedLockInspector, IAsyncDisposable, IDisposable
{
    private readonly ILockProvider _provider;
    private readonly LockEngine _engine;
    private readonly DistributedLockOptions _defaults;
    private readonly AcquirePlan _acquirePlan;
    private readonly AcquirePlan _tryAcquirePlan;

    /// <summary>Makes a lock. Nothing is connected here.</summary>
    /// <param name="provider">The store. The lock owns it from now on and disposes it.</param>
    /// <param name="options">The defaults of all acquisitions; copied here.</param>
    /// <param name="loggerFactory">Where log entries go; null for nowhere.</param>
    /// <param name="timeProvider">The clock of leases and waits; null for the system's.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of its range; the message names it and its value.
    /// </exception>
    public DistributedLock(ILockProvider provider, DistributedLockOptions options, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ArgumentNullException.ThrowIfNull(options);
        if (OptionRules.Check(options).FirstOrDefault() is { } failure)
        {
            throw new ArgumentException(OptionRules.Name(options.GetType(), failure), nameof(options));
        }

        _provider = provider;
        _defaults = options.Copy();
        _acquirePlan = AcquirePlan.ForAcquire(_defaults, options: null);
        _tryAcquirePlan = AcquirePlan.ForTryAcquire(_defaults, options: null);
        var logger = SafeLogger.Create(loggerFactory, typeof(DistributedLock).FullName!);
        Time = timeProvider ?? TimeProvider.System;
        _engine = new LockEngine(provider, _defaults, logger, Time);
    }

    /// <summary>The provider's name, as in logs and metrics, such as <c>redis</c>.</summary>
    public string ProviderName => _provider.Name;

    internal int KeysInUse => _engine.KeysInUse;

    /// <summary>The clock of leases and waits.</summary>
    internal TimeProvider Time { get; }

    /// <summary>How a wait goes whose options name neither a time nor a policy.</summary>
    internal RetryPolicy DefaultRetry => _defaults.Retry;

    /// <inheritdoc />
    public ValueTask<IDistributedLockHandle> AcquireAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        LockKeyRules.Check(key);
        OptionRules.Check(options);
        return _engine.AcquireAsync(key, AcquirePlanFor(options), cancellationToken)!;
    }

    /// <inheritdoc />
    public ValueTask<IDistributedLockHandle?> TryAcquireAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        LockKeyRules.Check(key);
        OptionRules.Check(options);
        return _engine.AcquireAsync(key, TryAcquirePlanFor(options), cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<bool> ReleaseAsync(string key, CancellationToken cancellationToken = default)
    {
        LockKeyRules.Check(key);
        return _engine.ReleaseAsync(key, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<IDistributedLockHandle> AcquireReadLockAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        AcquireSharedAsync(key, LockMode.Shared, int.MaxValue, options, cancellationToken);

    /// <inheritdoc />
    public ValueTask<IDistributedLockHandle?> TryAcquireReadLockAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        TryAcquireSharedAsync(key, LockMode.Shared, int.MaxValue, options, cancellationToken);

    /// <inheritdoc />
    public ValueTask<IDistributedLockHandle> AcquireWriteLockAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        AcquireSharedAsync(key, LockMode.Shared, limit: 1, options, cancellationToken);

    /// <inheritdoc />
    public ValueTask<IDistributedLockHandle?> TryAcquireWriteLockAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        TryAcquireSharedAsync(key, LockMode.Shared, limit: 1, options, cancellationToken);

    // Not public: beside the lock's own methods of these names it would be easy to take one for the other.
    ValueTask<IDistributedLockHandle> IDistributedSemaphore.AcquireAsync(string key, int maxCount, AcquireOptions? options, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxCount);
        return AcquireSharedAsync(key, LockMode.Counted, maxCount, options, cancellationToken);
    }

    ValueTask<IDistributedLockHandle?> IDistributedSemaphore.TryAcquireAsync(string key, int maxCount, AcquireOptions? options, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxCount);
        return TryAcquireSharedAsync(key, LockMode.Counted, maxCount, options, cancellationToken);
    }

    // The inspector is for tools, not for code that takes locks.
    IAsyncEnumerable<LockHolder> IDistributedLockInspector.ListAsync(string prefix, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return _provider.RequireInspection().ListAsync(prefix, cancellationToken);
    }

    ValueTask<IReadOnlyList<LockHolder>> IDistributedLockInspector.FindAsync(string key, CancellationToken cancellationToken)
    {
        LockKeyRules.Check(key);
        return _provider.RequireInspection().FindAsync(key, cancellationToken);
    }

    async ValueTask<int> IDistributedLockInspector.ForceReleaseAsync(string key, CancellationToken cancellationToken)
    {
        LockKeyRules.Check(key);
        var inspection = _provider.RequireInspection();
        var released = 0;
        foreach (var holder in await inspection.FindAsync(key, cancellationToken).ConfigureAwait(false))
        {
            released += await inspection.ForceReleaseAsync(holder, cancellationToken).ConfigureAwait(false) ? 1 : 0;
        }

        return released;
    }

    /// <summary>
    /// Releases what is held, cancels what waits, and closes the store; all of it within five seconds, whatever the
    /// store does.
    /// </summary>
    /// <returns>A task that ends when that is done.</returns>
    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    /// <summary>The blocking twin of <see cref="DisposeAsync"/>.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "IDisposable.Dispose has to block; the disposal is bounded in time.")]
    public void Dispose() => Task.Run(() => _engine.DisposeAsync().AsTask()).Wait(LockEngine.LongestShutdown);

    /// <exception cref="NotSupportedException">The store has no such locks; the message says who has.</exception>
    internal DistributedLock Require(LockMode mode)
    {
        _provider.Require(mode);
        return this;
    }

    /// <exception cref="NotSupportedException">The store can't tell who holds what; the message says who can.</exception>
    internal DistributedLock RequireInspection()
    {
        _provider.RequireInspection();
        return this;
    }

    private ValueTask<IDistributedLockHandle> AcquireSharedAsync(
        string key, LockMode mode, int limit, AcquireOptions? options, CancellationToken cancellationToken)
    {
        CheckShared(key, mode, options);
        return _engine.AcquireAsync(key, AcquirePlanFor(options) with { Mode = mode, Limit = limit }, cancellationToken)!;
    }

    private ValueTask<IDistributedLockHandle?> TryAcquireSharedAsync(
        string key, LockMode mode, int limit, AcquireOptions? options, CancellationToken cancellationToken)
    {
        CheckShared(key, mode, options);
        return _engine.AcquireAsync(key, TryAcquirePlanFor(options) with { Mode = mode, Limit = limit }, cancellationToken);
    }

    private void CheckShared(string key, LockMode mode, AcquireOptions? options)
    {
        LockKeyRules.Check(key);
        OptionRules.Check(options);
        Require(mode);
    }

    private AcquirePlan AcquirePlanFor(AcquireOptions? options) => options is null ? _acquirePlan : AcquirePlan.ForAcquire(_defaults, options);

    private AcquirePlan TryAcquirePlanFor(AcquireOptions? options) => options is null ? _tryAcquirePlan : AcquirePlan.ForTryAcquire(_defaults, options);
}
