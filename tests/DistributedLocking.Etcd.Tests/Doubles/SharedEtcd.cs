using System.Security.Cryptography;
using DistributedLocking.Etcd.Tests.Doubles;
using DistributedLocking.TestKit.Servers;

[assembly: AssemblyFixture(typeof(SharedEtcd))]

namespace DistributedLocking.Etcd.Tests.Doubles;

/// <summary>One server for all tests that leave it as it is and keep to a key prefix of their own.</summary>
public sealed class SharedEtcd : IAsyncLifetime
{
    private EtcdServer? _server;

    internal EtcdServer Server => _server ?? throw new InvalidOperationException("The fixture has not been initialized.");

    public async ValueTask InitializeAsync() => _server = await EtcdServer.StartAsync();

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    internal static string NewPrefix() => $"test-{RandomNumberGenerator.GetHexString(12)}:";

    /// <summary>Options for a lock of the test's own on some endpoints.</summary>
    internal static EtcdLockOptions Options(params IReadOnlyList<string> endpoints) => new() { Endpoints = endpoints, KeyPrefix = NewPrefix() };
}
