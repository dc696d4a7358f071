using DistributedLocking.Etcd.Connections;

namespace DistributedLocking.Etcd.Leases;

/// <summary>
/// A lease in etcd that all locks of the process share which ask for the same time to live. It is kept alive whenever
/// one of them is acquired or renewed.
/// </summary>
/// <remarks>
/// All that want a keep-alive while one is under way share the next. Each so gets one that is sent after it asked.
/// </remarks>
internal sealed class SharedLease(EtcdConnection connection, long id, long seconds)
{
    private readonly object _lock = new();
    private Task<bool> _underWay = Task.FromResult(true);
    private Task<bool>? _next;

    internal long Id => id;

    /// <summary>The time to live that was asked for.</summary>
    internal long Seconds => seconds;

    /// <summary>Whether it was found to have ended, and all that was put on it with it.</summary>
    internal bool HasEnded { get; private set; }

    /// <summary>
    /// Keeps it alive. It then lasts its time to live from a moment after this was called; false when it has ended.
    /// </summary>
    /// <exception cref="DistributedLockUnavailableException">That is not known.</exception>
    internal Task<bool> KeepAliveAsync()
    {
        Task<bool> answer;
        lock (_lock)
        {
            answer = _underWay.IsCompleted && _next is null ? _underWay = SendAsync() : _next ??= SendAfterAsync(_underWay);
        }

        LateFailure.Ignore(answer);
        return answer;
    }

    private async Task<bool> SendAfterAsync(Task<bool> before)
    {
        await ((Task)before).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task<bool> mine;
        lock (_lock)
        {
            (_underWay, _next) = (_next!, null);
            mine = SendAsync();
        }

        return await mine.ConfigureAwait(false);
    }

    private async Task<bool> SendAsync()
    {
        HasEnded |= await connection.Member.KeepAlives().SendAsync(id).ConfigureAwait(false) <= 0;
        return !HasEnded;
    }
}
