#region usings of the readme
using DistributedLocking;                        // IDistributedLock, handles, options, exceptions
using Microsoft.Extensions.DependencyInjection;  // AddRedisLock and its like
#endregion
using Microsoft.Extensions.Hosting;

namespace Snippets;

internal interface ISeats
{
    Task<bool> TrySellAsync(int show, int seat, long fencingToken, CancellationToken cancellationToken);
}

internal static class Readme
{
    internal static void Register(HostApplicationBuilder builder)
    {
        #region register redis
        builder.Services.AddRedisLock("localhost:6379");
        #endregion

        #region register sql
        builder.Services.AddPostgreSqlLock("Host=localhost;Username=app;Password=...;Database=app");
        builder.Services.AddMySqlLock("Server=localhost;User ID=app;Password=...;Database=app"); // MySQL or MariaDB
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
