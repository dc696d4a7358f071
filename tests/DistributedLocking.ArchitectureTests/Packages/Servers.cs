using System.Data.Common;
using System.Security.Cryptography;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.ArchitectureTests.Packages;

/// <summary>One server of each kind.</summary>
public sealed class Servers : IAsyncLifetime
{
    private readonly List<ServerProcess> _servers = [];

    internal string Redis => Started<RedisServer>().Address;

    internal string PostgreSql => Started<PostgreSqlServer>().ConnectionString;

    internal string MySql => Started<MariaDbServer>().ConnectionString;

    public async ValueTask InitializeAsync()
    {
        _servers.Add(await RedisServer.GetSharedAsync());
        _servers.Add(await PostgreSqlServer.GetSharedAsync());
        _servers.Add(await MariaDbServer.GetSharedAsync());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>A database that an application makes and drops.</summary>
    internal static string OwnDatabase(string connectionString) =>
        new DbConnectionStringBuilder { ConnectionString = connectionString, ["Database"] = $"consumer_{RandomNumberGenerator.GetHexString(16, lowercase: true)}" }.ConnectionString;

    private T Started<T>() => _servers.OfType<T>().Single();
}
