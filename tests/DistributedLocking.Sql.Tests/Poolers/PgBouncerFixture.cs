using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Sql.Tests.Poolers;

/// <summary>A pooler that keeps a session for a client.</summary>
public sealed class SessionPoolFixture() : PgBouncerFixture("session");

/// <summary>A pooler that keeps a session for a transaction only.</summary>
public sealed class TransactionPoolFixture() : PgBouncerFixture("transaction");

/// <summary>A server and a pooler in front of it.</summary>
public abstract class PgBouncerFixture(string poolMode) : IAsyncLifetime
{
    private PostgreSqlServer _server = null!;
    private PgBouncer _pooler = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PostgreSqlServer.GetSharedAsync();
        _pooler = await PgBouncer.StartAsync(_server, poolMode);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _pooler.DisposeAsync();
        await _server.DisposeAsync();
    }

    /// <summary>A database of one test's own, seen without the pooler.</summary>
    internal Task<DatabaseUnderTest> CreateDatabaseAsync() => DatabaseUnderTest.CreateAsync(new PostgreSqlKind(), _server);

    /// <summary>The database's connection string through the pooler.</summary>
    internal string ConnectionString(DatabaseUnderTest database) =>
        database.ConnectionString($"Host={_pooler.Host}", FormattableString.Invariant($"Port={_pooler.Port}"), "No Reset On Close=true");
}
