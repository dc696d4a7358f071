#region usings of health
using DistributedLocking.Hosting;                // DistributedLockHealthCheckOptions
using Microsoft.Extensions.DependencyInjection;  // AddHealthChecks, AddDistributedLock
#endregion

namespace Snippets;

internal static class Health
{
    internal static void Register(IServiceCollection services)
    {
        #region health check
        services.AddHealthChecks().AddDistributedLock(configure: options => options.DegradedAfter = TimeSpan.FromMilliseconds(500));
        #endregion
    }

    internal static TimeSpan Default => new DistributedLockHealthCheckOptions().Timeout;
}
