using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Sql.Tests.Clusters;

/// <summary>One cluster for all tests that need one.</summary>
public sealed class GaleraFixture : IAsyncLifetime
{
    private GaleraCluster? _cluster;

    public async ValueTask InitializeAsync() => _cluster = GaleraCluster.IsInstalled ? await GaleraCluster.StartAsync() : null;

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>A database of one test's own, seen through the first node.</summary>
    internal Task<DatabaseUnderTest> CreateDatabaseAsync()
    {
        Assert.SkipWhen(_cluster is null, "galera-4 is not installed.");
        return DatabaseUnderTest.CreateAsync(new MySqlKind(), _cluster.One);
    }

    /// <summary>The database's connection string on the second node.</summary>
    internal string SecondNode(DatabaseUnderTest database) => database.ConnectionString($"Port={_cluster!.Two.Port}");
}
