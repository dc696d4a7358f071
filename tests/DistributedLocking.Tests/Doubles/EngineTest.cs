using DistributedLocking.TestKit;
using DistributedLocking.Testing;

namespace DistributedLocking.Tests.Doubles;

/// <summary>
/// A lock on a manual clock and a scripted store. Nothing happens in it unless the test makes it happen.
/// </summary>
public abstract class EngineTest : IAsyncDisposable
{
    internal const string Key = "orders:42";

    private readonly Lazy<DistributedLock> _locks;

    protected EngineTest()
    {
        Provider = new ScriptedProvider(Time);
        _locks = new Lazy<DistributedLock>(() => new DistributedLock(Provider, Options, Logs, Time));
    }

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected ManualTimeProvider Time { get; } = new();

    protected DistributedLockOptions Options { get; } = new();

    protected DistributedLock Locks => _locks.Value;

    internal RecordingLogger Logs { get; } = new();

    internal ScriptedProvider Provider { get; }

    protected static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    public async ValueTask DisposeAsync()
    {
        Provider.OnAcquire = null;
        Provider.OnRenew = null;
        Provider.OnRelease = null;
        Provider.OnLeave = null;
        if (_locks.IsValueCreated)
        {
            var disposal = Locks.DisposeAsync().AsTask();
            await Eventually(() => Task.FromResult(disposal.IsCompleted), step: Seconds(1));
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Waits, in real time, for what other threads do; moves the manual clock on meanwhile if asked to.
    /// </summary>
    protected async Task Eventually(Func<Task<bool>> condition, TimeSpan step = default)
    {
        for (var i = 0; i < 2_000; i++)
        {
            if (await condition())
            {
                return;
            }

            Time.Advance(step);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
        }

        throw new TimeoutException("What the test waits for did not happen within ten seconds.");
    }

    protected Task Eventually(Func<bool> condition) => Eventually(() => Task.FromResult(condition()));

    protected async Task<T> Eventually<T>(Task<T> task, TimeSpan step)
    {
        await Eventually(() => Task.FromResult(task.IsCompleted), step);
        return await task;
    }
}
