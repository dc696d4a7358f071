using DistributedLocking.FileSystem;
using DistributedLocking.Providers;

namespace DistributedLocking.TestWorker;

/// <summary>
/// Takes a key of lock files past the engine, says what came of it, and releases it when a line is sent.
/// </summary>
internal static class FileHolderCommand
{
    internal const string Name = "file-holder";

    internal static async Task RunAsync(string directory, string key)
    {
        await using var provider = new FileSystemLockProvider(new FileSystemLockOptions { Directory = directory });
        var lease = new LeaseReference(key, $"holder-{Environment.ProcessId}");
        try
        {
            var reply = await provider.TryAcquireAsync(
                new AcquireRequest { Key = lease.Key, OwnerId = lease.OwnerId, TimeToLive = TimeSpan.FromMinutes(1) }, CancellationToken.None);
            Console.WriteLine(reply.IsGranted ? $"granted {reply.FencingToken}" : "refused");
        }
        catch (DistributedLockUnavailableException e)
        {
            Console.WriteLine($"unavailable {(e.IsTransient ? "transient" : "for good")}: {e.Message}");
            return;
        }

        Console.ReadLine();
        Console.WriteLine($"released {await provider.ReleaseAsync(lease, CancellationToken.None)}");
    }
}
