using System.Runtime.CompilerServices;

namespace DistributedLocking.Tests.Extensions;

/// <summary>Calls as users write them, by their text, each with what must reach the interface.</summary>
public sealed class CallShapes
{
    private readonly Dictionary<string, (Func<IDistributedLock, Task<string?>> Call, RecordedCall Expected)> _shapes = new(StringComparer.Ordinal);

    public CallShapes(params Action<CallShapes>[] parts)
    {
        foreach (var part in parts)
        {
            part(this);
        }
    }

    public TheoryData<string> Texts => [.. _shapes.Keys];

    public void Add(
        string member,
        Func<IDistributedLock, ValueTask<IDistributedLockHandle?>> call,
        string key,
        AcquireOptions? options = null,
        CancellationToken token = default,
        [CallerArgumentExpression(nameof(call))] string text = "") =>
        _shapes.Add(text, (async locks => (await call(locks))?.Key, new(member, key, options, token)));

    public void AddBlocking(
        string member,
        Func<IDistributedLock, IDistributedLockHandle?> call,
        string key,
        AcquireOptions? options = null,
        CancellationToken token = default,
        [CallerArgumentExpression(nameof(call))] string text = "") =>
        Add(member, locks => ValueTask.FromResult(call(locks)), key, options, token, text);

    public void AddRelease(
        Func<IDistributedLock, ValueTask<bool>> call,
        string key,
        CancellationToken token = default,
        [CallerArgumentExpression(nameof(call))] string text = "") =>
        _shapes.Add(text, (async locks => await call(locks) ? key : null, new(nameof(IDistributedLock.ReleaseAsync), key, Options: null, token)));

    public void AddBlockingRelease(
        Func<IDistributedLock, bool> call,
        string key,
        CancellationToken token = default,
        [CallerArgumentExpression(nameof(call))] string text = "") =>
        AddRelease(locks => ValueTask.FromResult(call(locks)), key, token, text);

    /// <summary>Makes the call and compares what arrived.</summary>
    public async Task CheckAsync(string text)
    {
        var (call, expected) = _shapes[text];
        var locks = new RecordingLock();

        var result = await call(locks);

        locks.Calls.ShouldBe([expected]);
        result.ShouldBe(expected.Key);
    }
}
