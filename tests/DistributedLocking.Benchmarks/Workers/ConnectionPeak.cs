using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks.Workers;

internal static class ConnectionPeak
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The most connections that the server was seen to have until a task ended.</summary>
    internal static async Task<int> WatchAsync(Store store, Task task)
    {
        var most = 0;
        do
        {
            most = Math.Max(most, await store.CountConnectionsAsync());
        }
        while (await Task.WhenAny(task, Task.Delay(Pause, TimeProvider.System)) != task);

        return most;
    }
}
