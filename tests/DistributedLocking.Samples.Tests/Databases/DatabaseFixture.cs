using System.Data.Common;
using ConcurrentMutation.Stores.Relational;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Samples.Tests.Databases;

/// <summary>A database server that the tests of one collection share.</summary>
public abstract class DatabaseFixture : IAsyncLifetime
{
    private DatabaseServer? server;

    /// <summary>How the demo's options name the database.</summary>
    public abstract string Name { get; }

    public DatabaseServer Server => server ?? throw new InvalidOperationException("The server is not started.");

    internal abstract SqlDialect Dialect { get; }

    /// <summary>The query for a session's own number.</summary>
    internal abstract string SessionQuery { get; }

    /// <summary>The statement with which an administrator ends a session.</summary>
    internal abstract string Kill(string session);

    public async ValueTask InitializeAsync() => server = await StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The connection string with another value for one of its settings.</summary>
    internal string With(string setting, string value) => new DbConnectionStringBuilder { ConnectionString = Server.ConnectionString, [setting] = value }.ConnectionString;

    private protected abstract Task<DatabaseServer> StartAsync();
}
