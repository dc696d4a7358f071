using System.Collections.Concurrent;

namespace DistributedLocking.Tests.Extensions;

/// <summary>One call that reached the interface.</summary>
public sealed record RecordedCall(string Member, string Key, AcquireOptions? Options, CancellationToken Token);

/// <summary>A lock that writes down how it was called, and answers when and what the test says.</summary>
public sealed class RecordingLock : IDistributedLock
{
    private readonly ConcurrentQueue<RecordedCall> _calls = new();

    public IReadOnlyCollection<RecordedCall> Calls => _calls;

    /// <summary>What each call awaits, the way a careless decorator does: with the context that it finds.</summary>
    public Func<Task> Work { get; init; } = () => Task.CompletedTask;

    public bool IsFree { get; init; } = true;

    public async ValueTask<IDistributedLockHandle> AcquireAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        _calls.Enqueue(new(nameof(AcquireAsync), key, options, cancellationToken));
        await Work();
        return IsFree ? new Handle(key) : throw new DistributedLockTimeoutException { Key = key };
    }

    public async ValueTask<IDistributedLockHandle?> TryAcquireAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        _calls.Enqueue(new(nameof(TryAcquireAsync), key, options, cancellationToken));
        await Work();
        return IsFree ? new Handle(key) : null;
    }

    public async ValueTask<bool> ReleaseAsync(string key, CancellationToken cancellationToken = default)
    {
        _calls.Enqueue(new(nameof(ReleaseAsync), key, Options: null, cancellationToken));
        await Work();
        return IsFree;
    }

    private sealed class Handle(string key) : IDistributedLockHandle
    {
        public string Key => key;

        public string OwnerId => "owner";

        public long FencingToken => 1;

        public bool IsHeld => true;

        public TimeSpan RemainingTime => TimeSpan.FromMinutes(1);

        public CancellationToken LostToken => CancellationToken.None;

        public ValueTask ExtendAsync(TimeSpan? timeToLive = null, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public ValueTask<bool> ReleaseAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(true);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        public void Dispose()
        {
        }
    }
}
