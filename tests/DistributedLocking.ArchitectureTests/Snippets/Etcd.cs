#region usings of etcd
using DistributedLocking.Etcd;                   // EtcdFencing
using Microsoft.Extensions.DependencyInjection;  // AddEtcdLock
#endregion
using Microsoft.Extensions.Configuration;

namespace Snippets;

internal static class Etcd
{
    internal static void Register(IServiceCollection services, IConfiguration configuration)
    {
        #region register etcd
        services.AddEtcdLock("http://localhost:2379");
        services.AddEtcdLock(["https://etcd-1:2379", "https://etcd-2:2379", "https://etcd-3:2379"]);
        services.AddEtcdLock(configuration.GetSection("Locks"));   // { "Endpoints": [ "https://etcd-1:2379", ... ], "CommandTimeout": "3s" }
        services.AddKeyedEtcdLock("orders", "http://localhost:2379");
        #endregion
    }

    internal static void RegisterSecure(IServiceCollection services, string password)
    {
        #region register etcd with a user and certificates
        services.AddEtcdLock(options =>
        {
            options.Endpoints = ["https://etcd-1:2379", "https://etcd-2:2379", "https://etcd-3:2379"];
            options.UserName = "app";
            options.Password = password;
            options.CertificateAuthorityFile = "/etc/etcd/ca.pem";
            options.ClientCertificateFile = "/etc/etcd/app.pem";
            options.ClientKeyFile = "/etc/etcd/app.key";
        });
        #endregion
    }

    internal static byte[] Guard(DistributedLocking.IDistributedLockHandle handle)
    {
        #region etcd owner name
        byte[] name = EtcdFencing.OwnerName(handle);   // in your transaction: compare that its create revision is not 0
        #endregion
        return name;
    }
}
