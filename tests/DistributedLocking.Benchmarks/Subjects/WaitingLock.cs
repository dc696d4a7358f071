using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Benchmarks.Subjects;

/// <summary>The lock as an application uses it.</summary>
internal sealed class WaitingLock(ServiceProvider services) : IWaitingLock
{
    internal const string Name = "lock";

    // A caller that starves is to be seen in its wait, not in an exception.
    internal static readonly AcquireOptions Patient = new() { WaitTimeout = Timeout.InfiniteTimeSpan };

    private readonly IDistributedLock _locks = services.GetRequiredService<IDistributedLock>();
    private IDistributedLockHandle? _handle;

    public async Task AcquireAsync(string key) => _handle = await _locks.AcquireAsync(key, Patient);

    public async Task ReleaseAsync(string key)
    {
        if (!await _handle!.ReleaseAsync())
        {
            throw Subject.NotReleased();
        }
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
