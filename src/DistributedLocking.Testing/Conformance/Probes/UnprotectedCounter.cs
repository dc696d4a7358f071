namespace DistributedLocking.Testing.Conformance.Probes;

/// <summary>
/// A counter that loses counts when two count at a time, and notices when somebody counts who does not hold the lock.
/// </summary>
internal sealed class UnprotectedCounter
{
    private readonly List<long> _tokens = [];
    private int _value;
    private int _inside;
    private string? _violation;

    /// <summary>The holders' fencing tokens in the order of their turns.</summary>
    internal IReadOnlyList<long> Tokens => _tokens;

    private async Task CountAsync(IDistributedLockHandle handle)
    {
        if (Interlocked.Increment(ref _inside) != 1)
        {
            _violation = "Two holders were inside at the same time.";
        }

        if (!handle.IsHeld)
        {
            _violation = "A holder was inside without IsHeld.";
        }

        lock (_tokens)
        {
            _tokens.Add(handle.FencingToken);
        }

        var read = _value;

        // Long enough for another one to come in, if the lock lets it.
        await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System).ConfigureAwait(false);
        _value = read + 1;
        Interlocked.Decrement(ref _inside);
    }

    internal void Verify(int expected)
    {
        Expect.Null(_violation, _violation ?? "");
        Expect.Equal(expected, _value, "The counter under the lock");
    }

    /// <summary>Lets tasks of several independent locks count at once.</summary>
    internal static async Task<UnprotectedCounter> ContendAsync(FactContext context, int instances, int tasks, int times)
    {
        var counter = new UnprotectedCounter();
        List<Task> running = [];
        for (var i = 0; i < instances; i++)
        {
            var locks = await context.LockAsync().ConfigureAwait(false);
            running.AddRange(Enumerable.Range(0, tasks).Select(_ => Task.Run(() => counter.RunAsync(locks, context.Key, times, context.Token))));
        }

        await Task.WhenAll(running).ConfigureAwait(false);
        return counter;
    }

    /// <summary>Counts under the lock, again and again.</summary>
    internal async Task RunAsync(IDistributedLock locks, string key, int times, CancellationToken cancellationToken)
    {
        for (var i = 0; i < times; i++)
        {
            var handle = await locks.AcquireAsync(key, Leases.LongWait, cancellationToken).ConfigureAwait(false);
            await CountAsync(handle).ConfigureAwait(false);
            Expect.True(await handle.ReleaseAsync(cancellationToken).ConfigureAwait(false), "The release of a held lock should be true.");
        }
    }
}
