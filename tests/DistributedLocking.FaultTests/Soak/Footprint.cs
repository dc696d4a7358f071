using System.Diagnostics;
using System.Globalization;
using DistributedLocking.FaultTests.Stores;

namespace DistributedLocking.FaultTests.Soak;

/// <summary>What a process has and what it has left in a store.</summary>
/// <param name="Memory">Managed memory in bytes, after a full collection.</param>
/// <param name="Threads">Threads of the process.</param>
/// <param name="Handles">Open files and sockets of the process; on Linux.</param>
/// <param name="Connections">Connections of the store's server.</param>
/// <param name="Keys">Locks in the store.</param>
internal sealed record Footprint(long Memory, int Threads, int Handles, int Connections, int Keys)
{
    private const string OpenFiles = "/proc/self/fd";

    internal static async Task<Footprint> TakeAsync(StoreUnderTest store)
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return new Footprint(
            GC.GetTotalMemory(forceFullCollection: true),
            CountThreads(),
            Directory.Exists(OpenFiles) ? Directory.EnumerateFileSystemEntries(OpenFiles).Count() : 0,
            await store.CountConnectionsAsync(),
            (await store.FindOrphansAsync()).Count);
    }

    /// <summary>
    /// Whether it is back where it was. The runtime's own threads and buffers come and go, so some of each may be left.
    /// </summary>
    internal bool IsBackAt(Footprint before) =>
        Memory <= before.Memory + (4 << 20)
        && Threads <= before.Threads + 20
        && Handles <= before.Handles + 40
        && Connections <= before.Connections
        && Keys == 0;

    private static int CountThreads()
    {
        using var process = Process.GetCurrentProcess();
        return process.Threads.Count;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Memory / 1024.0 / 1024:0.0} MiB, {Threads} threads, {Handles} handles, {Connections} connections, {Keys} keys");
}
