#region usings of an aspire host
using Aspire.Hosting; // DistributedApplication, AddRedis
#endregion

namespace Snippets;

internal static class AspireHost
{
    internal static async Task RunAsync(string[] args)
    {
        #region aspire host
        var builder = DistributedApplication.CreateBuilder(args);
        var cache = builder.AddRedis("cache");
        builder.AddProject("shop", "../Shop/Shop.csproj").WithReference(cache).WithReplicas(2);
        await builder.Build().RunAsync();
        #endregion
    }

    internal static void Etcd(IDistributedApplicationBuilder builder)
    {
        #region aspire etcd
        var etcd = builder.AddContainer("etcd", "quay.io/coreos/etcd", "v3.6.5")
            .WithArgs("etcd", "--listen-client-urls", "http://0.0.0.0:2379", "--advertise-client-urls", "http://0.0.0.0:2379")
            .WithHttpEndpoint(targetPort: 2379, name: "client");
        builder.AddProject("worker", "../Worker/Worker.csproj")
            .WithEnvironment("Locks__Endpoints__0", etcd.GetEndpoint("client")); // AddEtcdLock(configuration.GetSection("Locks"))
        #endregion
    }
}
