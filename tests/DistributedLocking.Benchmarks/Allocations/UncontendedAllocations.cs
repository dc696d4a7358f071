using BenchmarkDotNet.Attributes;
using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Benchmarks.Stores;
using DistributedLocking.Benchmarks.Subjects;

namespace DistributedLocking.Benchmarks.Allocations;

/// <summary>One acquire and release by one caller. The public shape is BenchmarkDotNet's wish.</summary>
public class UncontendedAllocations
{
    private const int Cycles = 64;

    private readonly CallerLoop _loop = new("allocations");
    private RedisStore _store = null!;
    private IReadOnlyList<ILockSubject> _subjects = null!;

    [GlobalSetup]
    public async Task SetUp()
    {
        _store = await RedisStore.OpenAsync();
        _subjects = await _store.CreateSubjectsAsync(RedisStore.StoreName);
    }

    [GlobalCleanup]
    public async Task CleanUp()
    {
        foreach (var subject in _subjects)
        {
            await subject.DisposeAsync();
        }

        await _store.DisposeAsync();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Cycles)]
    public Task Raw() => _subjects[0].RunAsync(_loop.Times(Cycles));

    [Benchmark(OperationsPerInvoke = Cycles)]
    public Task EqualWork() => _subjects[1].RunAsync(_loop.Times(Cycles));

    [Benchmark(OperationsPerInvoke = Cycles)]
    public Task ReleaseAsync() => _subjects[2].RunAsync(_loop.Times(Cycles));

    [Benchmark(OperationsPerInvoke = Cycles)]
    public Task AwaitUsing() => _subjects[3].RunAsync(_loop.Times(Cycles));
}
