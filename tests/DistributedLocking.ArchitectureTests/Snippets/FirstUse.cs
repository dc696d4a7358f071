using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DistributedLocking.ArchitectureTests.Snippets;

internal interface ISeats
{
    Task<bool> TrySellAsync(int show, int seat, long fencingToken, CancellationToken cancellationToken);
}

internal static class FirstUse
{
    internal static void Register(HostApplicationBuilder builder)
    {
        #region register redis
        builder.Services.AddRedisLock("localhost:6379");
        #endregion
    }
}

#region first use
internal sealed class BoxOffice(IDistributedLock locks, ISeats seats)
{
    public async Task<bool> SellAsync(int show, int seat, CancellationToken cancellationToken)
    {
        await using var handle = await locks.AcquirefAsync($"show:{show}:seat:{seat}", cancellationToken);
        return await seats.TrySellAsync(show, seat, handle.FencingToken, handle.LostToken);
    }
}
#endregion
