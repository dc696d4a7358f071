using System.Diagnostics;
using DistributedLocking.Benchmarks.Measurement;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Benchmarks.Subjects;

/// <summary>The lock in one of its modes, as an application uses it.</summary>
internal sealed class ModeSubject : ILockSubject
{
    private readonly ServiceProvider _services;
    private readonly Func<ServiceProvider, CallerLoop, Func<Task<IAsyncDisposable>>> _acquire;
    private readonly List<IAsyncDisposable> _crowd = [];

    /// <param name="name">What is measured.</param>
    /// <param name="services">Where the lock is; disposed of with this.</param>
    /// <param name="acquire">Makes the acquisition that a caller repeats.</param>
    internal ModeSubject(string name, ServiceProvider services, Func<ServiceProvider, CallerLoop, Func<Task<IAsyncDisposable>>> acquire)
    {
        Name = name;
        _services = services;
        _acquire = acquire;
    }

    public string Name { get; }

    /// <summary>The caller of a turn whose longest cycle is of interest; null for none.</summary>
    internal Func<CallerLoop, bool>? IsWatched { get; init; }

    /// <summary>The longest cycle of those callers, in all turns.</summary>
    internal TimeSpan Longest { get; private set; }

    /// <summary>Holds something beside the callers until the end.</summary>
    internal async Task HoldAsync(int count, Func<Task<IAsyncDisposable>> acquire)
    {
        for (var i = 0; i < count; i++)
        {
            _crowd.Add(await acquire());
        }
    }

    public async Task RunAsync(CallerLoop loop)
    {
        var acquire = _acquire(_services, loop);
        var isWatched = IsWatched?.Invoke(loop) == true;
        while (loop.Next())
        {
            var start = Stopwatch.GetTimestamp();
            await using var handle = await acquire();
            if (isWatched && Stopwatch.GetElapsedTime(start) is var waited && waited > Longest)
            {
                Longest = waited;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var held in _crowd)
        {
            await held.DisposeAsync();
        }

        await _services.DisposeAsync();
    }
}
