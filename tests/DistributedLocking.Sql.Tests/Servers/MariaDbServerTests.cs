using DistributedLocking.TestKit.Servers;
using System.Data.Common;
using MySqlConnector;

namespace DistributedLocking.Sql.Tests.Servers;

public sealed class MariaDbServerTests : DatabaseServerTests
{
    protected override string Variable => "DISTRIBUTEDLOCKING_MYSQL";

    protected override string MaximumConnections => "SELECT @@max_connections";

    protected override async Task<DatabaseServer> StartAsync(params string[] arguments) => await MariaDbServer.StartAsync(arguments);

    protected override async Task<DatabaseServer> GetSharedAsync() => await MariaDbServer.GetSharedAsync();

    protected override async Task<DatabaseServer> GetDurableAsync() => await MariaDbServer.GetDurableAsync();

    protected override string Durability => "SELECT CAST(@@innodb_flush_log_at_trx_commit = 1 AND @@innodb_flush_method <> 'nosync' AS INT)";

    protected override string[] LimitConnections(int count) => [$"--max-connections={count}"];

    protected override DbConnection Connect(string connectionString) => new MySqlConnection(connectionString);
}
