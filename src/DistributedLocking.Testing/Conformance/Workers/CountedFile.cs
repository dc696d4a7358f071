namespace DistributedLocking.Testing.Conformance.Workers;

/// <summary>
/// A counter in a file that loses counts when two processes count at a time, beside the fencing token of the last one
/// that counted.
/// </summary>
internal static class CountedFile
{
    /// <summary>Counts under the lock.</summary>
    /// <param name="locks">The lock.</param>
    /// <param name="key">The key that stands for the file.</param>
    /// <param name="path">The file.</param>
    /// <param name="times">How often.</param>
    /// <param name="cancellationToken">Cancels the wait for the lock.</param>
    /// <returns>How often the token was no larger than that of the turn before.</returns>
    internal static async Task<int> CountAsync(IDistributedLock locks, string key, string path, int times, CancellationToken cancellationToken)
    {
        var violations = 0;
        for (var i = 0; i < times; i++)
        {
            var handle = await locks.AcquireAsync(key, Leases.LongWait with { Retry = FactContext.Pace }, cancellationToken).ConfigureAwait(false);
            var (count, token) = await ReadAsync(path, cancellationToken).ConfigureAwait(false);
            violations += handle.FencingToken > token ? 0 : 1;
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken).ConfigureAwait(false);
            await File.WriteAllTextAsync(path, WorkerProtocol.Line(count + 1, handle.FencingToken), cancellationToken).ConfigureAwait(false);
            await handle.ReleaseAsync(cancellationToken).ConfigureAwait(false);
        }

        return violations;
    }

    internal static async Task<(int Count, long Token)> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return (0, 0);
        }

        var words = WorkerProtocol.Words(await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false));
        return (WorkerProtocol.Int32(words[0]), WorkerProtocol.Int64(words[1]));
    }
}
