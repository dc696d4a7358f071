using System.Collections.Concurrent;
using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using DistributedLocking.Testing;

namespace DistributedLocking.Tests.Doubles;

/// <summary>An in-memory store whose every operation a test can replace, and that records what it was asked.</summary>
internal sealed class ScriptedProvider : ILockProvider
{
    private readonly InMemoryLockProvider _inner;

    internal ScriptedProvider(ManualTimeProvider time)
    {
        Store = new InMemoryLockStore(time);
        _inner = new InMemoryLockProvider(Store, new DistributedLockOptions());
    }

    public string Name { get; set; } = "scripted";

    public LockProviderCapabilities Capabilities { get; set; } = LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing;

    internal InMemoryLockStore Store { get; }

    internal ConcurrentQueue<AcquireRequest> Acquires { get; } = new();

    internal ConcurrentQueue<IReadOnlyList<RenewalRequest>> Renewals { get; } = new();

    internal ConcurrentQueue<LeaseReference> Releases { get; } = new();

    internal ConcurrentQueue<LeaseReference> Leaves { get; } = new();

    internal int Watches { get; private set; }

    internal bool IsDisposed { get; private set; }

    internal Func<AcquireRequest, CancellationToken, ValueTask<AcquireReply>>? OnAcquire { get; set; }

    internal Func<IReadOnlyList<RenewalRequest>, CancellationToken, ValueTask<IReadOnlyList<RenewalReply>>>? OnRenew { get; set; }

    /// <summary>Takes what is told of each answer, and ends when no more will be.</summary>
    internal Func<IReadOnlyList<RenewalRequest>, Action<int, RenewalReply>, ValueTask>? OnRenewEach { get; set; }

    internal Func<LeaseReference, CancellationToken, ValueTask<bool>>? OnRelease { get; set; }

    internal Func<AcquireRequest, CancellationToken, ValueTask<IKeyWatch?>>? OnWatch { get; set; }

    internal Func<LeaseReference, CancellationToken, ValueTask>? OnLeave { get; set; }

    internal Func<ValueTask>? OnDispose { get; set; }

    public ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        Acquires.Enqueue(request);
        return OnAcquire is { } script ? script(request, cancellationToken) : _inner.TryAcquireAsync(request, cancellationToken);
    }

    public ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        Renewals.Enqueue(batch);
        return OnRenew is { } script ? script(batch, cancellationToken) : _inner.RenewAsync(batch, cancellationToken);
    }

    async ValueTask ILockProvider.RenewEachAsync(IReadOnlyList<RenewalRequest> batch, Action<int, RenewalReply> onReply, CancellationToken cancellationToken)
    {
        if (OnRenewEach is { } script)
        {
            Renewals.Enqueue(batch);
            await script(batch, onReply);
            return;
        }

        foreach (var (index, reply) in (await RenewAsync(batch, cancellationToken)).Index())
        {
            onReply(index, reply);
        }
    }

    public ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken)
    {
        Releases.Enqueue(lease);
        return OnRelease is { } script ? script(lease, cancellationToken) : _inner.ReleaseAsync(lease, cancellationToken);
    }

    public ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        Watches++;
        return OnWatch is { } script ? script(request, cancellationToken) : _inner.WatchAsync(request, cancellationToken);
    }

    public ValueTask LeaveAsync(LeaseReference waiter, CancellationToken cancellationToken)
    {
        Leaves.Enqueue(waiter);
        return OnLeave is { } script ? script(waiter, cancellationToken) : ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return OnDispose is { } script ? script() : ValueTask.CompletedTask;
    }

    /// <summary>Forgets what it was asked.</summary>
    internal void Forget()
    {
        Acquires.Clear();
        Renewals.Clear();
        Releases.Clear();
        Leaves.Clear();
    }

    /// <summary>The unscripted operation, for scripts that only add to it.</summary>
    internal ValueTask<AcquireReply> StoreAcquireAsync(AcquireRequest request) => _inner.TryAcquireAsync(request, CancellationToken.None);

    internal ValueTask<IReadOnlyList<RenewalReply>> StoreRenewAsync(IReadOnlyList<RenewalRequest> batch) => _inner.RenewAsync(batch, CancellationToken.None);

    internal ValueTask<bool> StoreReleaseAsync(LeaseReference lease) => _inner.ReleaseAsync(lease, CancellationToken.None);

    internal ValueTask<IKeyWatch?> StoreWatchAsync(AcquireRequest request) => _inner.WatchAsync(request, CancellationToken.None);

    /// <summary>Another process takes the key.</summary>
    internal LeaseReference HoldElsewhere(string key, TimeSpan? timeToLive = null)
    {
        var other = new LeaseReference(key, "somebody-else");
        var request = new AcquireRequest { Key = key, OwnerId = other.OwnerId, TimeToLive = timeToLive ?? TimeSpan.FromDays(1) };
        Store.TryGrant("5:lock:" + key, request, out _).ShouldNotBeNull();
        return other;
    }
}
