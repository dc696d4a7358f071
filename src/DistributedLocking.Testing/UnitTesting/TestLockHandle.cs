namespace DistributedLocking.Testing;

/// <summary>A real handle that notes its release.</summary>
internal sealed class TestLockHandle(IDistributedLockHandle inner, TestAcquisition acquisition, TimeProvider time) : IDistributedLockHandle
{
    public string Key => inner.Key;

    public string OwnerId => inner.OwnerId;

    public long FencingToken => inner.FencingToken;

    public bool IsHeld => inner.IsHeld;

    public TimeSpan RemainingTime => inner.RemainingTime;

    public CancellationToken LostToken => inner.LostToken;

    public ValueTask ExtendAsync(TimeSpan? timeToLive = null, CancellationToken cancellationToken = default) => inner.ExtendAsync(timeToLive, cancellationToken);

    public async ValueTask<bool> ReleaseAsync(CancellationToken cancellationToken = default)
    {
        using var release = new ReleaseNote(this);
        return await inner.ReleaseAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        using var release = new ReleaseNote(this);
        await inner.DisposeAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        using var release = new ReleaseNote(this);
        inner.Dispose();
    }

    /// <summary>
    /// A lock that was held before the release, was not lost meanwhile and is not held after it, was released, whatever
    /// the store said.
    /// </summary>
    private readonly struct ReleaseNote(TestLockHandle handle) : IDisposable
    {
        private readonly bool _wasHeld = handle.IsHeld;

        public void Dispose()
        {
            if (_wasHeld && !handle.IsHeld && !handle.LostToken.IsCancellationRequested)
            {
                handle.MarkReleased();
            }
        }
    }

    private void MarkReleased() => acquisition.MarkReleased(time.GetUtcNow());
}
