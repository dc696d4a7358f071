#region usings of several keys
using DistributedLocking;
#endregion

namespace Snippets;

internal static class SeveralKeys
{
    internal static async Task TransferAsync(IDistributedLock locks, int from, int to, CancellationToken cancellationToken)
    {
        #region several keys
        await using var handles = await locks.AcquireAllAsync([$"account:{from}", $"account:{to}"], cancellationToken: cancellationToken);
        await TransferAsync(from, to, handles.LostToken);
        #endregion
    }

    internal static async Task<bool> OrderAsync(
        IDistributedLock locks, string[] articles, AcquireOptions options, CancellationToken cancellationToken)
    {
        #region try several keys
        await using var handles = await locks.TryAcquireAllAsync(articles.Select(article => $"stock:{article}"), options, cancellationToken);
        if (handles is null)
        {
            return false; // somebody else orders one of them
        }

        foreach (var handle in handles)
        {
            await ReserveAsync(handle.Key, handle.FencingToken, handles.LostToken);
        }
        #endregion

        return true;
    }

    private static Task TransferAsync(int from, int to, CancellationToken cancellationToken) => Task.FromCanceled(cancellationToken);

    private static Task ReserveAsync(string key, long fencingToken, CancellationToken cancellationToken) => Task.FromCanceled(cancellationToken);
}
