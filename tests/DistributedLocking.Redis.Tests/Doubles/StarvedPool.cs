using DistributedLocking.TestKit;

namespace DistributedLocking.Redis.Tests.Doubles;

/// <summary>A thread pool with no thread to spare. Tests that starve it run by themselves.</summary>
[CollectionDefinition(nameof(StarvedPool), DisableParallelization = true)]
public sealed class StarvedPool
{
    /// <summary>
    /// Runs an action on a thread of its own while every thread of the pool, and each that the pool adds, is blocked.
    /// </summary>
    internal static void Run(Action action)
    {
        using var gate = new ManualResetEventSlim();
        using var saturated = new ManualResetEventSlim();
        var started = 0;
        var blocked = new CountdownEvent(1000);
        for (var i = 0; i < 1000; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    if (Interlocked.Increment(ref started) == Environment.ProcessorCount)
                    {
                        saturated.Set();
                    }

                    gate.Wait();
                    blocked.Signal();
                },
                null);
        }

        saturated.Wait(Eventually.Bound).ShouldBeTrue();
        var thread = new Thread(() => action());
        thread.Start();
        try
        {
            thread.Join(Eventually.Bound).ShouldBeTrue();
        }
        finally
        {
            gate.Set();
            blocked.Wait();
        }
    }
}
