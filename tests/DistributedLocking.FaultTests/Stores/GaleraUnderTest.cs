using System.Globalization;
using DistributedLocking.FaultTests.Resources;
using DistributedLocking.MySql;
using DistributedLocking.TestKit.Servers;
using MySqlConnector;

namespace DistributedLocking.FaultTests.Stores;

/// <summary>
/// Two MariaDB servers that both take writes. Leases are taken on both, row locks on the first alone, as the documents
/// ask; the data are on the first.
/// </summary>
internal sealed class GaleraUnderTest : StoreUnderTest
{
    private readonly GaleraCluster _cluster;

    private GaleraUnderTest(StoreKind kind, GaleraCluster cluster)
        : base(kind) => _cluster = cluster;

    internal override StoreAddress Address => AddressOf(_cluster.One);

    internal override StoreAddress DirectAddress => Address;

    internal override IReadOnlyList<(string Name, Func<Random, Task> Make)> FailOvers =>
    [
        ("frozen node", FreezeOneAsync),
        ("writes on the other node", _ => WriteElsewhereAsync()),
    ];

    internal static new async Task<GaleraUnderTest> StartAsync(StoreKind kind)
    {
        var store = new GaleraUnderTest(kind, await GaleraCluster.StartAsync());
        await RunAsync(store._cluster.One, MySqlLockTable.CreateScript());
        await RunAsync(store._cluster.One, SqlCounter.Table);
        return store;
    }

    internal override StoreAddress AddressFor(int worker) =>
        Kind == StoreKind.GaleraLease && worker % 2 == 0 ? AddressOf(_cluster.Two) : Address;

    internal override void Freeze() => _cluster.Two.Freeze();

    internal override void Thaw() => _cluster.Two.Thaw();

    internal override Task KillAsync() => _cluster.Two.KillAsync();

    internal override Task RestartAsync() => _cluster.Two.RestartAsync();

    internal override Task DisturbAsync() => WriteElsewhereAsync();

    internal override async Task<IReadOnlyList<string>> FindOrphansAsync() =>
        DatabaseUnderTest.DescribeOrphans(await CountAsync(MySqlUnderTest.Leases), await CountAsync(MySqlUnderTest.Transactions));

    internal override Task<int> CountConnectionsAsync() => CountAsync(MySqlUnderTest.Sessions);

    protected override ValueTask StopAsync() => _cluster.DisposeAsync();

    private StoreAddress AddressOf(MariaDbServer node) => new(Kind, node.ConnectionString, _cluster.One.ConnectionString);

    /// <summary>While one is silent the other certifies nothing, so that all writes wait.</summary>
    private async Task FreezeOneAsync(Random random)
    {
        var node = random.Next(2) == 0 ? _cluster.One : _cluster.Two;
        node.Freeze();
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(50, 1500)), TimeProvider.System);
        }
        finally
        {
            node.Thaw();
        }
    }

    /// <summary>Rows beside those of the locks, which are certified with them.</summary>
    private async Task WriteElsewhereAsync()
    {
        for (var i = 0; i < 20; i++)
        {
            await RunAsync(_cluster.Two, "INSERT INTO fault_counter (name, value) VALUES ('elsewhere', 0) ON DUPLICATE KEY UPDATE value = value + 1");
        }
    }

    private async Task<int> CountAsync(string statement)
    {
        await using var source = new MySqlDataSource(_cluster.One.ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand(statement);
        return Convert.ToInt32(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    private static async Task RunAsync(MariaDbServer node, string statement)
    {
        await using var source = new MySqlDataSource(node.ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand(statement);
        await command.ExecuteNonQueryAsync();
    }
}
