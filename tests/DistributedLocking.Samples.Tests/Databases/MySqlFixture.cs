using ConcurrentMutation.Stores.MySql;
using ConcurrentMutation.Stores.Relational;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Samples.Tests.Databases;

public sealed class MySqlFixture : DatabaseFixture
{
    public override string Name => "mysql";

    internal override SqlDialect Dialect => MySqlDialect.Instance;

    internal override string SessionQuery => "SELECT CONNECTION_ID()";

    internal override string Kill(string session) => $"KILL {session}";

    private protected override async Task<DatabaseServer> StartAsync() => await MariaDbServer.GetSharedAsync();
}

[CollectionDefinition]
public sealed class MySqlGroup : ICollectionFixture<MySqlFixture>;
