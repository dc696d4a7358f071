using DistributedLocking;

/// <summary>What each application does with its lock.</summary>
internal static class LockUse
{
    /// <summary>Works under the lock, and writes a line that tells whether others were kept out meanwhile.</summary>
    internal static async Task RunAsync(IDistributedLock locks, Func<Task<string>> work)
    {
        var key = $"stock:{Guid.NewGuid()}";

        // The first connection of a process on a busy machine takes its time.
        var patient = new AcquireOptions { WaitTimeout = TimeSpan.FromMinutes(2) };
        await using var handle = await locks.AcquireAsync(key, patient);
        await using var second = await locks.TryAcquireAsync(key);
        var result = await work();
        await handle.ExtendAsync(TimeSpan.FromMinutes(2));

        Console.WriteLine($"{result}; held: {handle.IsHeld}, others: {(second is null ? "refused" : "let in")}");
    }
}
