namespace DistributedLocking.TestKit;

/// <summary>Waits for what becomes true in a server, in another process or on another thread.</summary>
public static class Eventually
{
    /// <summary>However busy the machine is, it has come to pass by then.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    /// <summary>Asks until the answer is yes; fails after a generous time.</summary>
    /// <param name="condition">The question.</param>
    /// <param name="what">What is waited for, in the past tense: "the replica was promoted".</param>
    /// <returns>A task that ends when it is true.</returns>
    public static async Task BecomesTrueAsync(Func<Task<bool>> condition, string what)
    {
        using var timeout = new CancellationTokenSource(Bound);
        while (!await condition())
        {
            if (timeout.IsCancellationRequested)
            {
                throw new TimeoutException($"It never happened that {what}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Asks until the answer is yes; fails after a generous time.</summary>
    /// <param name="condition">The question.</param>
    /// <param name="what">What is waited for, in the past tense.</param>
    /// <returns>A task that ends when it is true.</returns>
    public static Task BecomesTrueAsync(Func<bool> condition, string what) => BecomesTrueAsync(() => Task.FromResult(condition()), what);

    /// <summary>Waits for a task; fails after a generous time.</summary>
    /// <typeparam name="T">What it results in.</typeparam>
    /// <param name="task">The task.</param>
    /// <param name="bound">The time; null for the usual one.</param>
    /// <returns>The same task, bounded.</returns>
    public static Task<T> Within<T>(this Task<T> task, TimeSpan? bound = null) => task.WaitAsync(bound ?? Bound, TimeProvider.System);

    /// <summary>Waits for a task; fails after a generous time.</summary>
    /// <typeparam name="T">What it results in.</typeparam>
    /// <param name="task">The task.</param>
    /// <param name="bound">The time; null for the usual one.</param>
    /// <returns>The task, bounded.</returns>
    public static Task<T> Within<T>(this ValueTask<T> task, TimeSpan? bound = null) => task.AsTask().Within(bound);
}
