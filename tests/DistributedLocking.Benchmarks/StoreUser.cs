using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks;

/// <summary>Runs what needs a server.</summary>
internal static class StoreUser
{
    private const int NoServer = 2;

    /// <summary>Runs an action with a store, and ends the store.</summary>
    /// <param name="name">The store's name.</param>
    /// <param name="action">The action.</param>
    /// <param name="latency">How long bytes travel to the server, and back; zero for no network in between.</param>
    /// <returns>The exit code of the process: a missing server is no crash.</returns>
    internal static async Task<int> RunAsync(string name, Func<Store, Task> action, TimeSpan latency = default)
    {
        try
        {
            await using var store = await Store.OpenAsync(name);
            await using var network = latency > TimeSpan.Zero ? store.AddNetwork(latency) : null;
            await action(store);
            return 0;
        }
        catch (StoreUnavailableException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return NoServer;
        }
    }
}
