namespace DistributedLocking.Tool.Showing;

/// <summary>How holders are shown.</summary>
internal abstract class HolderOutput
{
    internal static HolderOutput Json { get; } = new JsonOutput();

    internal static HolderOutput Table { get; } = new TableOutput();

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    internal abstract void Write(IReadOnlyList<LockHolder> holders);

    /// <summary>Shows them again and again.</summary>
    internal virtual Task WatchAsync(Func<CancellationToken, Task<IReadOnlyList<LockHolder>>> readAsync, CancellationToken cancellationToken) =>
        RepeatAsync(readAsync, Write, cancellationToken);

    protected static async Task RepeatAsync(
        Func<CancellationToken, Task<IReadOnlyList<LockHolder>>> readAsync, Action<IReadOnlyList<LockHolder>> show, CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(Pause, TimeProvider.System);
            do
            {
                show(await readAsync(cancellationToken));
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Whoever watched has seen enough.
        }
    }
}
