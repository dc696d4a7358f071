using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Sql.Tests.Servers;

/// <summary>Tests that each start a server of their own, to stop it or to load it as no other test could bear.</summary>
public abstract class OwnServerTests(DatabaseKind kind) : IAsyncLifetime
{
    private DatabaseServer? _server;
    private DatabaseUnderTest? _database;

    private protected DatabaseServer Server => _server ?? throw new InvalidOperationException("The test has not been initialized.");

    private protected DatabaseUnderTest Database => _database ?? throw new InvalidOperationException("The test has not been initialized.");

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await kind.StartServerAsync();
        _database = await DatabaseUnderTest.CreateAsync(kind, _server);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Database.DisposeAsync();
        await Server.DisposeAsync();
    }
}
