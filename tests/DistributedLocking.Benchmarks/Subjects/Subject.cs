namespace DistributedLocking.Benchmarks.Subjects;

/// <summary>What all subjects have in common.</summary>
internal static class Subject
{
    internal static readonly TimeSpan TimeToLive = TimeSpan.FromMinutes(1);

    /// <summary>An owner id as long as the lock's own.</summary>
    internal static string OwnerId { get; } = $"{Environment.MachineName}:{Environment.ProcessId}:abcdefghijklmnopqrstuv";

    internal static InvalidOperationException NotAcquired() => new("The lock was not free: is somebody else using this server?");

    internal static InvalidOperationException NotReleased() => new("The lock was not ours any more.");
}
