using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit.Servers;

[assembly: AssemblyFixture(typeof(MySqlFixture))]
[assembly: AssemblyFixture(typeof(PlainMySqlFixture))]
[assembly: AssemblyFixture(typeof(PostgreSqlFixture))]

namespace DistributedLocking.Sql.Tests.Servers;

/// <summary>One server for all tests that need no control over it; each has a database of its own there.</summary>
public abstract class DatabaseFixture(DatabaseKind kind) : IAsyncDisposable
{
    private readonly object _lock = new();
    private Task<DatabaseServer>? _server;

    internal DatabaseKind Kind => kind;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_server is not null)
        {
            await (await _server).DisposeAsync();
        }
    }

    internal async Task<DatabaseUnderTest> CreateDatabaseAsync() => await DatabaseUnderTest.CreateAsync(kind, await GetServerAsync());

    private Task<DatabaseServer> GetServerAsync()
    {
        lock (_lock)
        {
            return _server ??= kind.GetSharedServerAsync();
        }
    }
}

public sealed class MySqlFixture() : DatabaseFixture(new MySqlKind());

public sealed class PlainMySqlFixture() : DatabaseFixture(new PlainMySqlKind());

public sealed class PostgreSqlFixture() : DatabaseFixture(new PostgreSqlKind());
