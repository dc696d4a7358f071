using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace DistributedLocking.SeveralKeys;

/// <summary>The handles of several keys, as one.</summary>
[SuppressMessage("Design", "CA1010:Generic interface should also be implemented", Justification = "It implements IReadOnlyList.")]
internal sealed class LockHandles(IDistributedLockHandle[] handles) : IDistributedLockHandles
{
    private readonly Lazy<CancellationToken> _lostToken = new(() => AnyOf(handles));

    public int Count => handles.Length;

    public bool IsHeld => Array.TrueForAll(handles, handle => handle.IsHeld);

    public TimeSpan RemainingTime => handles.Min(handle => handle.RemainingTime);

    public CancellationToken LostToken => _lostToken.Value;

    public IDistributedLockHandle this[int index] => handles[index];

    public IEnumerator<IDistributedLockHandle> GetEnumerator() => handles.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public async ValueTask ExtendAsync(TimeSpan? timeToLive = null, CancellationToken cancellationToken = default) =>
        await Task.WhenAll(handles.Select(handle => handle.ExtendAsync(timeToLive, cancellationToken).AsTask())).ConfigureAwait(false);

    public async ValueTask<bool> ReleaseAsync(CancellationToken cancellationToken = default)
    {
        var wereHeld = await Task.WhenAll(handles.Select(handle => handle.ReleaseAsync(cancellationToken).AsTask())).ConfigureAwait(false);
        return Array.TrueForAll(wereHeld, wasHeld => wasHeld);
    }

    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(handles.Select(handle => handle.DisposeAsync().AsTask())).ConfigureAwait(false);

    [SuppressMessage(
        "Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "IDisposable.Dispose has to block; each disposal is bounded in time.")]
    public void Dispose() => Task.Run(() => DisposeAsync().AsTask()).Wait();

    /// <summary>Linked to each handle's token, and so kept alive by whoever observes it, with the renewals.</summary>
    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "Its token outlives the handles; it holds no timer.")]
    private static CancellationToken AnyOf(IDistributedLockHandle[] handles) =>
        CancellationTokenSource.CreateLinkedTokenSource([.. handles.Select(handle => handle.LostToken)]).Token;
}
