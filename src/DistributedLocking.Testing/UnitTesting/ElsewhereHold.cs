using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using DistributedLocking.InMemory;
using DistributedLocking.Providers;

namespace DistributedLocking.Testing;

/// <summary>What another process holds, until it is disposed.</summary>
internal sealed class ElsewhereHold : IDisposable
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromDays(24);

    private static int _owners;

    private readonly InMemoryLockProvider _provider;
    private readonly LeaseReference _lease;

    private ElsewhereHold(InMemoryLockProvider provider, LeaseReference lease)
    {
        _provider = provider;
        _lease = lease;
    }

    /// <exception cref="InvalidOperationException">It can't be had now.</exception>
    internal static ElsewhereHold Begin(InMemoryLockProvider provider, string key, LockMode mode, int limit)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        var owner = $"elsewhere-{Interlocked.Increment(ref _owners).ToString(CultureInfo.InvariantCulture)}";
        var request = new AcquireRequest { Key = key, OwnerId = owner, TimeToLive = TimeToLive, Mode = mode, Limit = limit };
        return Answer(provider.TryAcquireAsync(request, CancellationToken.None)).IsGranted
            ? new ElsewhereHold(provider, new LeaseReference(key, owner) { Mode = mode })
            : throw new InvalidOperationException($"'{key}' is held already.");
    }

    public void Dispose() => Answer(_provider.ReleaseAsync(_lease, CancellationToken.None));

    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "The store in memory answers at once.")]
    private static T Answer<T>(ValueTask<T> operation) => operation.AsTask().GetAwaiter().GetResult();
}
