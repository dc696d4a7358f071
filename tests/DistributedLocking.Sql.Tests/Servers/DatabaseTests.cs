namespace DistributedLocking.Sql.Tests.Servers;

/// <summary>Tests that run once for each kind of database, each with a database of its own.</summary>
public abstract class DatabaseTests(DatabaseFixture fixture) : IAsyncLifetime
{
    /// <summary>A wait that ends only when something is wrong.</summary>
    private protected static readonly AcquireOptions LongWait = new() { WaitTimeout = TimeSpan.FromSeconds(60) };

    private DatabaseUnderTest? _database;

    private protected DatabaseUnderTest Database => _database ?? throw new InvalidOperationException("The test has not been initialized.");

    private protected DatabaseKind Kind => fixture.Kind;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync() => _database = await fixture.CreateDatabaseAsync();

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }
}
