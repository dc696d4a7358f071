using System.Collections.Concurrent;
using System.Diagnostics;
using DistributedLocking.FileSystem;
using DistributedLocking.Providers;
using DistributedLocking.Tests.FileSystem.Support;

namespace DistributedLocking.Tests.FileSystem;

public sealed class StressTests : IAsyncDisposable
{
    private readonly LockFolder _folder = new();

    [Fact]
    public async Task Many_workers_and_two_providers_lose_no_update()
    {
        const int Rounds = 400;
        FileSystemLockProvider[] providers = [_folder.CreateProvider(), _folder.CreateProvider()];
        var counter = 0;
        var tokens = new List<long>();
        await RunAsync(tasks: 8, async worker =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                var lease = new LeaseReference("k", $"{worker}-{round}");
                var token = await SpinAsync(providers[worker % 2], lease);

                // Neither is safe without the lock.
                var read = counter;
                tokens.Add(token);
                Thread.SpinWait(200);
                counter = read + 1;
                (await ReleaseAsync(providers[worker % 2], lease)).ShouldBeTrue();
            }
        });

        counter.ShouldBe(8 * Rounds);
        tokens.Count.ShouldBe(8 * Rounds);
        tokens.Zip(tokens.Skip(1)).ShouldAllBe(pair => pair.First < pair.Second);
        _folder.LockFiles().ShouldBeEmpty();
    }

    [Fact]
    public async Task While_files_are_removed_at_random_no_two_confirmed_holders_overlap()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A file that is held can't be removed there.");
        const int Wanted = 200;
        FileSystemLockProvider[] providers = [_folder.CreateProvider(), _folder.CreateProvider()];
        var confirmed = new ConcurrentBag<(long From, long To, long Token)>();
        var lost = 0;
        var isDone = false;
        var file = _folder.FileOf("k");
        var vandal = new Thread(() =>
        {
            while (!Volatile.Read(ref isDone))
            {
                File.Delete(file);
                Thread.SpinWait(Random.Shared.Next(20_000));
            }
        });
        vandal.Start();
        try
        {
            await RunAsync(tasks: 4, async worker =>
            {
                for (var round = 0; confirmed.Count < Wanted || Volatile.Read(ref lost) < Wanted; round++)
                {
                    var lease = new LeaseReference("k", $"{worker}-{round}");
                    var token = await SpinAsync(providers[worker % 2], lease);
                    var from = Stopwatch.GetTimestamp();
                    Thread.SpinWait(Random.Shared.Next(5_000));
                    var to = Stopwatch.GetTimestamp();
                    if (await ReleaseAsync(providers[worker % 2], lease))
                    {
                        confirmed.Add((from, to, token));
                    }
                    else
                    {
                        Interlocked.Increment(ref lost);
                    }
                }
            });
        }
        finally
        {
            Volatile.Write(ref isDone, true);
            vandal.Join();
        }

        var holds = confirmed.OrderBy(hold => hold.From).ToList();
        holds.Zip(holds.Skip(1)).ShouldAllBe(pair => pair.First.To <= pair.Second.From && pair.First.Token < pair.Second.Token);
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    private static Task RunAsync(int tasks, Func<int, Task> body) =>
        Task.WhenAll(Enumerable.Range(0, tasks).Select(i => Task.Run(() => body(i), TestContext.Current.CancellationToken)));

    private static async Task<long> SpinAsync(FileSystemLockProvider provider, LeaseReference lease)
    {
        while (true)
        {
            try
            {
                var reply = await provider.TryAcquireAsync(ProviderCalls.Request(lease.Key, lease.OwnerId), TestContext.Current.CancellationToken);
                if (reply.IsGranted)
                {
                    return reply.FencingToken;
                }
            }
            catch (DistributedLockUnavailableException e) when (e.IsTransient && e.InnerException is null)
            {
                // The file was removed again and again.
            }

            await Task.Yield();
        }
    }

    private static async Task<bool> ReleaseAsync(FileSystemLockProvider provider, LeaseReference lease) =>
        await provider.ReleaseAsync(lease, TestContext.Current.CancellationToken);
}
