using Garnet;

namespace DistributedLocking.TestWorker;

/// <summary>Garnet's own server, with its own arguments.</summary>
internal static class GarnetCommand
{
    internal const string Name = "garnet";

    /// <summary>Runs until it is killed.</summary>
    internal static async Task RunAsync(string[] arguments)
    {
        using var server = new GarnetServer(arguments);
        server.Start();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
    }
}
