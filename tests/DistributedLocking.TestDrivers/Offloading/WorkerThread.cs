using System.Collections.Concurrent;

namespace DistributedLocking.TestDrivers.Offloading;

/// <summary>A thread for the blocking calls of one connection at a time, outside the thread pool. Threads are used again.</summary>
internal sealed class WorkerThread
{
    private static readonly ConcurrentBag<WorkerThread> Idle = [];

    private readonly BlockingCollection<Action> _calls = [];

    private WorkerThread() => new Thread(Loop) { IsBackground = true, Name = nameof(WorkerThread) }.Start();

    internal static WorkerThread Rent() => Idle.TryTake(out var worker) ? worker : new WorkerThread();

    /// <summary>Gives the thread back once it has done what it was told to, however long that takes.</summary>
    internal void Return() => _calls.Add(() => Idle.Add(this));

    internal Task<T> RunAsync<T>(Func<T> call)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls.Add(() =>
        {
            try
            {
                completion.SetResult(call());
            }
            catch (Exception e)
            {
                completion.SetException(e);

                // Of a call that nobody waits for any more, nobody looks at the exception.
                _ = completion.Task.Exception;
            }
        });
        return completion.Task;
    }

    /// <summary>For the synchronous members of System.Data.Common.</summary>
    internal static T Block<T>(Task<T> task)
    {
#pragma warning disable VSTHRD002 // The caller asked to be blocked, and the task needs no thread of the pool.
        return task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    private void Loop()
    {
        foreach (var call in _calls.GetConsumingEnumerable())
        {
            call();
        }
    }
}
