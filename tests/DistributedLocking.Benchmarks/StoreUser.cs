using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks;

/// <summary>Runs what needs a server.</summary>
internal static class StoreUser
{
    private const int NoServer = 2;

    /// <summary>Runs an action with a store, and ends the store.</summary>
    /// <returns>The exit code of the process: a missing server is no crash.</returns>
    internal static async Task<int> RunAsync(string name, Func<Store, Task> action)
    {
        try
        {
            await using var store = await Store.OpenAsync(name);
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
