using ConcurrentMutation.Stores.PostgreSql;
using ConcurrentMutation.Stores.Relational;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Samples.Tests.Databases;

public sealed class PostgreSqlFixture : DatabaseFixture
{
    public override string Name => "postgres";

    internal override SqlDialect Dialect => PostgreSqlDialect.Instance;

    internal override string SessionQuery => "SELECT pg_backend_pid()";

    internal override string Kill(string session) => $"SELECT pg_terminate_backend({session}, 30000)";

    private protected override async Task<DatabaseServer> StartAsync() => await PostgreSqlServer.GetSharedAsync();
}

[CollectionDefinition]
public sealed class PostgreSqlGroup : ICollectionFixture<PostgreSqlFixture>;
