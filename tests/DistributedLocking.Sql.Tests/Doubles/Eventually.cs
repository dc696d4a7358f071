namespace DistributedLocking.Sql.Tests.Doubles;

/// <summary>Waits for what becomes true in a server, in another process or on another thread.</summary>
internal static class Eventually
{
    internal static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    /// <summary>Asks until the answer is yes; fails after a generous time.</summary>
    internal static async Task BecomesTrueAsync(Func<Task<bool>> condition, string what)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Bound);
        while (!await condition())
        {
            if (timeout.IsCancellationRequested)
            {
                Assert.Fail($"It never happened that {what}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }

    internal static Task BecomesTrueAsync(Func<bool> condition, string what) => BecomesTrueAsync(() => Task.FromResult(condition()), what);

    /// <summary>Waits for a task; fails after a generous time.</summary>
    internal static Task<T> Within<T>(this Task<T> task, TimeSpan? bound = null) =>
        task.WaitAsync(bound ?? Bound, TimeProvider.System, TestContext.Current.CancellationToken);

    internal static Task<T> Within<T>(this ValueTask<T> task, TimeSpan? bound = null) => task.AsTask().Within(bound);
}
