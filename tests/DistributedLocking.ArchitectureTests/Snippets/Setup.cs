#region usings of the set-up
using DistributedLocking;                        // DistributedLockTelemetry
using Microsoft.Extensions.DependencyInjection;  // AddRedisLock and its like, AddOpenTelemetry
using Microsoft.Extensions.Hosting;              // Aspire's AddRedisClient, AddNpgsqlDataSource
#endregion

namespace Snippets;

internal static class Setup
{
    internal static void Aspire(HostApplicationBuilder builder)
    {
        #region aspire redis
        builder.AddRedisClient("cache");
        builder.Services.AddRedisLock();
        #endregion
    }

    internal static void AspirePostgreSql(HostApplicationBuilder builder)
    {
        #region aspire postgresql
        builder.AddNpgsqlDataSource("database");
        builder.Services.AddPostgreSqlLock();
        #endregion
    }

    internal static void AspireKeyed(HostApplicationBuilder builder)
    {
        #region aspire keyed
        builder.AddKeyedRedisClient("locks");
        builder.Services.AddKeyedRedisLock("locks"); // [FromKeyedServices("locks")] IDistributedLock
        #endregion
    }

    internal static void OpenTelemetry(HostApplicationBuilder builder)
    {
        #region opentelemetry
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(DistributedLockTelemetry.MeterName))
            .WithTracing(tracing => tracing.AddSource(DistributedLockTelemetry.ActivitySourceName));
        #endregion
    }
}
