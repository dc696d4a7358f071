using DistributedLocking.Providers;

namespace DistributedLocking.Testing;

/// <summary>
/// A provider whose store can be made to fail: requests and replies that are late, held back or lost. Each fault is in
/// force until the object that its method returned is disposed; several add up in the order in which they were made.
/// </summary>
/// <remarks>
/// A fault of a request strikes before the operation reaches the store, a fault of a reply after the store carried it
/// out: a lost reply is how an outcome becomes unknown. Waiting for a fault ends when the caller cancels, as a driver's
/// call does.
/// </remarks>
/// <param name="inner">The provider that does the work. It is disposed together with this one.</param>
/// <param name="timeProvider">The clock of the delays; null for the system's.</param>
public sealed class FaultyLockProvider(ILockProvider inner, TimeProvider? timeProvider = null) : DelegatingLockProvider(inner)
{
    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;
    private readonly object _lock = new();
    private readonly Dictionary<ProviderOperations, int> _calls = [];
    private readonly List<Task> _lateDeliveries = [];
    private InjectedFault[] _faults = [];

    /// <summary>Makes operations fail before they reach the store.</summary>
    /// <param name="operations">Which operations.</param>
    /// <param name="error">Makes the exception; null for an <see cref="IOException"/>.</param>
    /// <returns>Dispose it to end the fault.</returns>
    public IDisposable FailRequests(ProviderOperations operations, Func<Exception>? error = null) =>
        Inject(new InjectedFault(operations, FaultStage.Request, Remove) { Error = error ?? Failure });

    /// <summary>Makes operations fail after the store carried them out, so that the caller can't know.</summary>
    /// <param name="operations">Which operations.</param>
    /// <param name="error">Makes the exception; null for an <see cref="IOException"/>.</param>
    /// <returns>Dispose it to end the fault.</returns>
    public IDisposable LoseReplies(ProviderOperations operations, Func<Exception>? error = null) =>
        Inject(new InjectedFault(operations, FaultStage.Reply, Remove) { Error = error ?? Failure });

    /// <summary>Keeps requests from the store.</summary>
    /// <param name="operations">Which operations.</param>
    /// <param name="deliverLate">
    /// Whether an acquire, renewal or release whose caller gave up meanwhile still reaches the store when the hold
    /// ends.
    /// </param>
    /// <returns>Dispose it to send what is held and to end the fault.</returns>
    public IDisposable HoldRequests(ProviderOperations operations, bool deliverLate = false) =>
        Inject(new InjectedFault(operations, FaultStage.Request, Remove) { Holds = true, DeliversLate = deliverLate });

    /// <summary>Lets the store carry operations out and keeps its replies from the caller.</summary>
    /// <param name="operations">Which operations.</param>
    /// <returns>Dispose it to hand the replies over and to end the fault.</returns>
    public IDisposable HoldReplies(ProviderOperations operations) => Inject(new InjectedFault(operations, FaultStage.Reply, Remove) { Holds = true });

    /// <summary>Delays requests on their way to the store.</summary>
    /// <param name="operations">Which operations.</param>
    /// <param name="delay">For how long.</param>
    /// <returns>Dispose it to end the fault.</returns>
    public IDisposable DelayRequests(ProviderOperations operations, TimeSpan delay) =>
        Inject(new InjectedFault(operations, FaultStage.Request, Remove) { Delay = delay });

    /// <summary>Delays replies on their way back.</summary>
    /// <param name="operations">Which operations.</param>
    /// <param name="delay">For how long.</param>
    /// <returns>Dispose it to end the fault.</returns>
    public IDisposable DelayReplies(ProviderOperations operations, TimeSpan delay) =>
        Inject(new InjectedFault(operations, FaultStage.Reply, Remove) { Delay = delay });

    /// <summary>How many calls were made, those that failed included.</summary>
    /// <param name="operations">The operations to count.</param>
    /// <returns>Their number so far.</returns>
    public int CountCalls(ProviderOperations operations)
    {
        lock (_lock)
        {
            return _calls.Where(entry => operations.HasFlag(entry.Key)).Sum(entry => entry.Value);
        }
    }

    /// <summary>
    /// Waits until the requests that were held with <c>deliverLate</c> and given up by their callers have reached the
    /// store.
    /// </summary>
    /// <returns>
    /// A task that ends when the store has carried them out. It does not end while such a hold is in force.
    /// </returns>
    public Task WaitForLateRequestsAsync()
    {
        lock (_lock)
        {
            return Task.WhenAll(_lateDeliveries);
        }
    }

    /// <inheritdoc />
    public override ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        CallAsync(ProviderOperations.Acquire, token => Inner.TryAcquireAsync(request, token), cancellationToken);

    /// <inheritdoc />
    public override ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken) =>
        CallAsync(ProviderOperations.Renew, token => Inner.RenewAsync(batch, token), cancellationToken);

    /// <inheritdoc />
    public override ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) =>
        CallAsync(ProviderOperations.Release, token => Inner.ReleaseAsync(lease, token), cancellationToken);

    /// <inheritdoc />
    public override async ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        Count(ProviderOperations.Watch);
        await StrikeAsync(ProviderOperations.Watch, FaultStage.Request, cancellationToken).ConfigureAwait(false);
        var watch = await Inner.WatchAsync(request, cancellationToken).ConfigureAwait(false);
        if (watch is null)
        {
            return null;
        }

        try
        {
            await StrikeAsync(ProviderOperations.Watch, FaultStage.Reply, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await watch.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return new FaultyWatch(this, watch);
    }

    /// <inheritdoc />
    public override async ValueTask LeaveAsync(LeaseReference waiter, CancellationToken cancellationToken)
    {
        Count(ProviderOperations.Leave);
        await StrikeAsync(ProviderOperations.Leave, FaultStage.Request, cancellationToken).ConfigureAwait(false);
        await Inner.LeaveAsync(waiter, cancellationToken).ConfigureAwait(false);
        await StrikeAsync(ProviderOperations.Leave, FaultStage.Reply, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        foreach (var fault in Volatile.Read(ref _faults))
        {
            fault.Dispose();
        }

        await WaitForLateRequestsAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private static IOException Failure() => new("An injected failure of the store.");

    // Without a fault this runs synchronously into the inner provider, so a renewal is still sent by the thread that
    // asked for it.
    private async ValueTask<T> CallAsync<T>(
        ProviderOperations operation, Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        Count(operation);
        foreach (var fault in FaultsOf(operation, FaultStage.Request))
        {
            try
            {
                await fault.StrikeAsync(_time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (fault.DeliversLate)
            {
                DeliverLate(fault, call);
                throw;
            }
        }

        var reply = await call(cancellationToken).ConfigureAwait(false);
        await StrikeAsync(operation, FaultStage.Reply, cancellationToken).ConfigureAwait(false);
        return reply;
    }

    private async ValueTask StrikeAsync(ProviderOperations operation, FaultStage stage, CancellationToken cancellationToken)
    {
        foreach (var fault in FaultsOf(operation, stage))
        {
            await fault.StrikeAsync(_time, cancellationToken).ConfigureAwait(false);
        }
    }

    private IEnumerable<InjectedFault> FaultsOf(ProviderOperations operation, FaultStage stage) =>
        Volatile.Read(ref _faults).Where(fault => fault.Stage == stage && fault.Operations.HasFlag(operation));

    private void DeliverLate<T>(InjectedFault fault, Func<CancellationToken, ValueTask<T>> call)
    {
        lock (_lock)
        {
            _lateDeliveries.Add(DeliverAsync());
        }

        async Task DeliverAsync()
        {
            await fault.Lifted.ConfigureAwait(false);
            try
            {
                await call(CancellationToken.None).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Nobody waits for this answer any more, whatever it is.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }

    private InjectedFault Inject(InjectedFault fault)
    {
        lock (_lock)
        {
            Volatile.Write(ref _faults, [.. _faults, fault]);
        }

        return fault;
    }

    private void Remove(InjectedFault fault)
    {
        lock (_lock)
        {
            Volatile.Write(ref _faults, [.. _faults.Where(other => other != fault)]);
        }
    }

    private void Count(ProviderOperations operation)
    {
        lock (_lock)
        {
            _calls[operation] = _calls.GetValueOrDefault(operation) + 1;
        }
    }

    private sealed class FaultyWatch(FaultyLockProvider owner, IKeyWatch watch) : IKeyWatch
    {
        public async ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken)
        {
            owner.Count(ProviderOperations.WakeUp);
            await owner.StrikeAsync(ProviderOperations.WakeUp, FaultStage.Request, cancellationToken).ConfigureAwait(false);
            var wakeUp = await watch.WaitAsync(cancellationToken).ConfigureAwait(false);
            await owner.StrikeAsync(ProviderOperations.WakeUp, FaultStage.Reply, cancellationToken).ConfigureAwait(false);
            return wakeUp;
        }

        public ValueTask DisposeAsync() => watch.DisposeAsync();
    }
}
