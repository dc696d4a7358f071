using DistributedLocking.Benchmarks.Measurement;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Benchmarks.Subjects;

/// <summary>The lock as an application uses it, from dependency injection and with its defaults.</summary>
internal sealed class LockSubject : ILockSubject
{
    private readonly ServiceProvider _services;
    private readonly IDistributedLock _locks;
    private readonly bool _byDispose;

    /// <param name="services">Where the lock is; disposed of with this.</param>
    /// <param name="byDispose">Whether a handle is disposed, or released.</param>
    internal LockSubject(ServiceProvider services, bool byDispose)
    {
        _services = services;
        _locks = services.GetRequiredService<IDistributedLock>();
        _byDispose = byDispose;
    }

    public string Name => _byDispose ? "lock, await using" : "lock, ReleaseAsync";

    public Task RunAsync(CallerLoop loop) => _byDispose ? DisposeAsync(loop) : ReleaseAsync(loop);

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private async Task ReleaseAsync(CallerLoop loop)
    {
        var key = $"released:{loop.Key}";
        while (loop.Next())
        {
            var handle = await _locks.AcquireAsync(key);
            if (!await handle.ReleaseAsync())
            {
                throw Subject.NotReleased();
            }
        }
    }

    private async Task DisposeAsync(CallerLoop loop)
    {
        var key = $"disposed:{loop.Key}";
        while (loop.Next())
        {
            await using var handle = await _locks.AcquireAsync(key);
        }
    }
}
