using DistributedLocking.TestKit.Servers;
using MySqlConnector;

namespace DistributedLocking.Sql.Tests.Servers;

public sealed class GaleraClusterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_node_has_what_was_written_on_the_other()
    {
        Assert.SkipUnless(GaleraCluster.IsInstalled, "galera-4 is not installed.");
        await using var cluster = await GaleraCluster.StartAsync();
        await using var one = await OpenAsync(cluster.One);
        await using var two = await OpenAsync(cluster.Two);

        await ExecuteAsync(one, "CREATE TABLE t (i INT PRIMARY KEY)");
        await ExecuteAsync(one, "INSERT INTO t VALUES (1)");
        await ExecuteAsync(two, "SET SESSION wsrep_sync_wait = 1");
        await ExecuteAsync(two, "INSERT INTO t SELECT i + 1 FROM t");
        await ExecuteAsync(one, "SET SESSION wsrep_sync_wait = 1");

        Convert.ToInt32(await ExecuteAsync(one, "SELECT SUM(i) FROM t"), null).ShouldBe(3);
    }

    private static async Task<MySqlConnection> OpenAsync(MariaDbServer server)
    {
        var connection = new MySqlConnection(server.ConnectionString);
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    private static async Task<object?> ExecuteAsync(MySqlConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(Cancellation);
    }
}
