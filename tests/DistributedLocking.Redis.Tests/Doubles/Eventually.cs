namespace DistributedLocking.Redis.Tests.Doubles;

/// <summary>Waits for what becomes true in another process or on another thread.</summary>
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

    /// <summary>Waits for a task; fails after a generous time.</summary>
    internal static Task<T> Within<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Bound, TimeProvider.System, TestContext.Current.CancellationToken);
}
