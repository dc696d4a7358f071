using DistributedLocking.TestKit.Servers;
using System.Data.Common;
using Npgsql;

namespace DistributedLocking.Sql.Tests.Servers;

public sealed class PostgreSqlServerTests : DatabaseServerTests
{
    protected override string Variable => "DISTRIBUTEDLOCKING_POSTGRESQL";

    protected override string MaximumConnections => "SHOW max_connections";

    protected override async Task<DatabaseServer> StartAsync(params string[] arguments) => await PostgreSqlServer.StartAsync(arguments);

    protected override async Task<DatabaseServer> GetSharedAsync() => await PostgreSqlServer.GetSharedAsync();

    protected override async Task<DatabaseServer> GetDurableAsync() => await PostgreSqlServer.GetDurableAsync();

    protected override string Durability => "SELECT (current_setting('fsync')::bool AND current_setting('synchronous_commit') = 'on')::int";

    protected override string[] LimitConnections(int count) => ["-c", $"max_connections={count}"];

    protected override DbConnection Connect(string connectionString) => new NpgsqlConnection(connectionString);
}
