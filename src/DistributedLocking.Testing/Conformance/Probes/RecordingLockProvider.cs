using System.Collections.Concurrent;
using DistributedLocking.Providers;

namespace DistributedLocking.Testing.Conformance.Probes;

/// <summary>Records which owners bother the store, and how often a watch woke its waiter.</summary>
internal sealed class RecordingLockProvider(ILockProvider inner) : DelegatingLockProvider(inner)
{
    private int _grants;
    private int _refusals;
    private int _waits;
    private int _wakeUps;

    /// <summary>The owners that asked for a lock.</summary>
    internal ConcurrentDictionary<string, int> Owners { get; } = new(StringComparer.Ordinal);

    /// <summary>How often the store granted a lock.</summary>
    internal int Grants => Volatile.Read(ref _grants);

    /// <summary>How often the store answered "not granted".</summary>
    internal int Refusals => Volatile.Read(ref _refusals);

    /// <summary>How often a waiter began to wait for its watch.</summary>
    internal int Waits => Volatile.Read(ref _waits);

    /// <summary>How often a watch said that the key changed, or granted it.</summary>
    internal int WakeUps => Volatile.Read(ref _wakeUps);

    public override async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        Owners.AddOrUpdate(request.OwnerId, 1, (_, count) => count + 1);
        var reply = await base.TryAcquireAsync(request, cancellationToken).ConfigureAwait(false);
        Interlocked.Increment(ref reply.IsGranted ? ref _grants : ref _refusals);
        return reply;
    }

    public override async ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        await base.WatchAsync(request, cancellationToken).ConfigureAwait(false) is { } watch ? new RecordingWatch(this, watch) : null;

    private sealed class RecordingWatch(RecordingLockProvider owner, IKeyWatch watch) : IKeyWatch
    {
        public async ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref owner._waits);
            var wakeUp = await watch.WaitAsync(cancellationToken).ConfigureAwait(false);
            Interlocked.Increment(ref owner._wakeUps);
            return wakeUp;
        }

        public ValueTask DisposeAsync() => watch.DisposeAsync();
    }
}
