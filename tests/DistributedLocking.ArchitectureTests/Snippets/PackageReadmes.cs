using DistributedLocking.Sql;
using DistributedLocking.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DistributedLocking.ArchitectureTests.Snippets;

internal static class PackageReadmes
{
    internal static void Register(HostApplicationBuilder builder)
    {
        #region package in memory
        builder.Services.AddInMemoryLock(); // or AddRedisLock("localhost:6379"), and so on
        #endregion

        #region package postgresql
        builder.Services.AddPostgreSqlLock("Host=localhost;Username=app;Password=...;Database=app");
        #endregion

        #region package mysql
        builder.Services.AddMySqlLock("Server=localhost;User ID=app;Password=...;Database=app");
        #endregion

        #region package file system
        builder.Services.AddFileSystemLock("/var/lib/shop/locks");
        #endregion

        #region package etcd
        builder.Services.AddEtcdLock("http://localhost:2379");
        #endregion

        #region package sql
        builder.Services.AddPostgreSqlLock(options =>
        {
            options.ConnectionString = "Host=localhost;Username=app;Password=...;Database=app";
            options.Mode = SqlLockMode.Lease;
        });
        #endregion
    }

    internal static async Task UseAsync(IDistributedLock locks, CancellationToken cancellationToken)
    {
        #region package use
        await using var handle = await locks.AcquireAsync("invoice:42", cancellationToken);
        await SendInvoiceAsync(42, handle.FencingToken, handle.LostToken);
        #endregion
    }

    internal static async Task TestAsync()
    {
        #region package testing
        await using var locks = new TestDistributedLock();
        using (locks.HoldElsewhere("invoice:42"))
        {
            (await locks.TryAcquireAsync("invoice:42")).ShouldBeNull();
        }
        #endregion
    }

    private static Task SendInvoiceAsync(int number, long fencingToken, CancellationToken cancellationToken) =>
        Task.FromCanceled(cancellationToken);
}
