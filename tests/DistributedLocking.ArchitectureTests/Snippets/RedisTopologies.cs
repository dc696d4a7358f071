#region usings of Redis topologies
using Microsoft.Extensions.DependencyInjection;  // AddRedisLock
#endregion
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;

namespace Snippets;

internal static class RedisTopologies
{
    internal static void RegisterQuorum(IServiceCollection services, IConfiguration configuration)
    {
        #region register redis quorum
        services.AddRedisLock(["redis-1:6379", "redis-2:6379", "redis-3:6379"]);
        services.AddRedisLock(options => options.Servers = ["redis-1:6379", "redis-2:6379", "redis-3:6379"]);
        services.AddRedisLock(configuration.GetSection("Locks"));   // { "Servers": [ "redis-1:6379", ... ], "ServerTimeout": "500ms" }
        services.AddKeyedRedisLock("orders", ["redis-1:6379", "redis-2:6379", "redis-3:6379"]);
        #endregion
    }

    internal static void RegisterConnections(IServiceCollection services, IConnectionMultiplexer one, IConnectionMultiplexer two, IConnectionMultiplexer three)
    {
        #region register redis quorum connections
        services.AddRedisLock(options => options.ServerConnections = [one, two, three]); // they stay yours
        #endregion
    }

    internal static void RegisterReplicas(IServiceCollection services)
    {
        #region register redis replicas
        services.AddRedisLock(options =>
        {
            options.Configuration = "redis-primary:6379";
            options.MinReplicas = 1;
            options.ReplicaTimeout = TimeSpan.FromMilliseconds(500);
        });
        #endregion
    }

    internal static void RegisterSentinelAndCluster(IServiceCollection services)
    {
        #region register redis sentinel
        services.AddRedisLock("sentinel-1:26379,sentinel-2:26379,sentinel-3:26379,serviceName=mymaster");
        #endregion

        #region register redis sentinel with replicas
        services.AddRedisLock(options =>
        {
            options.Configuration = "sentinel-1:26379,sentinel-2:26379,sentinel-3:26379,serviceName=mymaster";
            options.MinReplicas = 1;
        });
        #endregion

        #region register redis cluster
        services.AddRedisLock("node-1:6379,node-2:6379,node-3:6379");
        #endregion
    }

    internal static void RegisterLeastPrivilege(IServiceCollection services)
    {
        #region register redis recommended user
        services.AddRedisLock(options => options.Configuration =
            "redis:6380,ssl=true,user=locks,password=...,tiebreaker=,configChannel=,$CLIENT=,$ECHO=,$INFO=,$CONFIG=,$CLUSTER=,$SENTINEL=");
        #endregion

        #region register redis strict user
        services.AddRedisLock(options =>
        {
            options.Configuration =
                "redis:6380,ssl=true,user=locks,password=...,tiebreaker=,configChannel=,$CLIENT=,$ECHO=,$INFO=,$CONFIG=,$CLUSTER=,$SENTINEL=,$SUBSCRIBE=";
            options.UseNotifications = false;
        });
        #endregion
    }
}
