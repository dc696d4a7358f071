using DistributedLocking.Providers;
using DistributedLocking.Testing.Conformance.Workers;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Testing.Conformance;

/// <summary>What a provider's author writes: how the facts reach the provider's store.</summary>
/// <remarks>
/// <para>Two members are enough: <see cref="Capabilities"/> and <see cref="CreateProviderAsync"/>. The others let more
/// facts run, or adapt the suite to a store that is slow or coarse.</para>
/// <para>One fixture may serve all facts, one after the other or several at a time, since each fact takes keys of its
/// own; but facts with <see cref="ConformanceFact.DisturbsStore"/> need the store for themselves. The facts run on the
/// real clock: they check that a store keeps real leases.</para>
/// </remarks>
public abstract class ConformanceFixture : IAsyncDisposable
{
    /// <summary>
    /// What the store can do. It chooses which facts apply, and must equal <see cref="ILockProvider.Capabilities"/> of
    /// each provider.
    /// </summary>
    public abstract LockProviderCapabilities Capabilities { get; }

    /// <summary>
    /// The time to live of leases that a fact lets lapse: short, so that the facts are fast, and long enough for the
    /// store to keep it exactly.
    /// </summary>
    /// <value>Default: 300 milliseconds.</value>
    public virtual TimeSpan LapsingTimeToLive => TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// The time to live of leases that a fact keeps alive by renewals: long enough for a busy machine to renew in time.
    /// </summary>
    /// <value>Default: 1.5 seconds.</value>
    public virtual TimeSpan RenewedTimeToLive => TimeSpan.FromMilliseconds(1500);

    /// <summary>
    /// How long a fact waits for what must happen before it fails. It costs time only when something is wrong.
    /// </summary>
    /// <value>Default: 45 seconds; less than the three minutes of the leases that must not end by themselves.</value>
    public virtual TimeSpan Patience => TimeSpan.FromSeconds(45);

    /// <summary>Whether <see cref="GetWorkerAsync"/> works.</summary>
    /// <value>
    /// Default: false, and the facts about other processes are skipped with <see cref="NoWorkerReason"/>.
    /// </value>
    public virtual bool CanStartWorkers => false;

    /// <summary>Why there are no other processes.</summary>
    public virtual string NoWorkerReason => "The fixture names no worker executable.";

    /// <summary>Whether <see cref="StopStoreAsync"/> and <see cref="StartStoreAsync"/> work.</summary>
    /// <value>
    /// Default: false, and the facts about a store that is away are skipped with <see cref="NoOutageReason"/>.
    /// </value>
    public virtual bool CanStopStore => false;

    /// <summary>Why the store can't be stopped.</summary>
    public virtual string NoOutageReason => "The fixture can't make its store unavailable.";

    /// <summary>
    /// Texts that must never show up in a log or an exception, such as a password in the connection string.
    /// </summary>
    /// <value>Default: none.</value>
    public virtual IReadOnlyCollection<string> Secrets => [];

    /// <summary>
    /// Facts that the provider does not keep, by <see cref="ConformanceFact.Id"/>, with the reason that is shown where
    /// they are skipped.
    /// </summary>
    /// <value>Default: none. Give a reason that the provider's documentation gives to its users, too.</value>
    public virtual IReadOnlyDictionary<string, string> Deviations => new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Makes the provider's options with whatever the store needs. A fact changes the common members only.
    /// </summary>
    /// <returns>A new object for each call.</returns>
    public virtual DistributedLockOptions CreateOptions() => new();

    /// <summary>
    /// Makes a provider that is as independent of the others as one of another process: a connection of its own to the
    /// same store.
    /// </summary>
    /// <param name="options">What <see cref="CreateOptions"/> made, with changes by the fact.</param>
    /// <param name="loggerFactory">Where the provider logs to.</param>
    /// <param name="cancellationToken">Cancelled when the fact is.</param>
    /// <returns>The provider; the suite disposes it.</returns>
    public abstract ValueTask<ILockProvider> CreateProviderAsync(
        DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken);

    /// <summary>
    /// Tells how to start another process that takes locks of the same store: a program around
    /// <see cref="LockWorker"/>.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the fact is.</param>
    /// <returns>The command. Each fact starts processes of its own.</returns>
    public virtual ValueTask<WorkerCommand> GetWorkerAsync(CancellationToken cancellationToken) => throw new NotSupportedException(NoWorkerReason);

    /// <summary>Makes the store unreachable for all its clients until <see cref="StartStoreAsync"/>.</summary>
    /// <param name="cancellationToken">Cancelled when the fact is.</param>
    /// <returns>A task that ends when the store does not answer any more.</returns>
    public virtual ValueTask StopStoreAsync(CancellationToken cancellationToken) => throw new NotSupportedException(NoOutageReason);

    /// <summary>Makes the store reachable again. It may have lost its data meanwhile.</summary>
    /// <param name="cancellationToken">Never cancelled by a fact that fails.</param>
    /// <returns>A task that ends when the store answers.</returns>
    public virtual ValueTask StartStoreAsync(CancellationToken cancellationToken) => throw new NotSupportedException(NoOutageReason);

    /// <inheritdoc />
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
