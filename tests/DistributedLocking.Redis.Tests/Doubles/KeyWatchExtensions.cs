using DistributedLocking.Providers;
using DistributedLocking.TestKit;

namespace DistributedLocking.Redis.Tests.Doubles;

internal static class KeyWatchExtensions
{
    /// <summary>Waits for the word of a grant. A connection that is restored wakes a waiter, too.</summary>
    internal static async Task<AcquireReply> GrantAsync(this IKeyWatch watch)
    {
        while (true)
        {
            if ((await watch.WaitAsync(TestContext.Current.CancellationToken).Within()).Grant is { } grant)
            {
                return grant;
            }
        }
    }
}
