using DistributedLocking;
using DistributedLocking.FileSystem;
using DistributedLocking.Providers;

// Takes a key in a process of its own, says what came of it, and releases it when a line is sent.
// Arguments: directory, key.
await using var provider = new FileSystemLockProvider(new FileSystemLockOptions { Directory = args[0] });
var lease = new LeaseReference(args[1], $"holder-{Environment.ProcessId}");
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
