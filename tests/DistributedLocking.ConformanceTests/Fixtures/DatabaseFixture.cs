using System.Data.Common;
using DistributedLocking.Testing.Conformance;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>One database server.</summary>
public abstract class DatabaseFixture<TServer>(Func<Task<TServer>> start) : ConformanceFixture
    where TServer : DatabaseServer
{
    private readonly object _lock = new();
    private Task<TServer>? _server;

    /// <summary>A part of every connection string.</summary>
    public override IReadOnlyCollection<string> Secrets => ["Password="];

    /// <summary>
    /// Each provider's first use makes its connections, which takes a database longer than other stores.
    /// </summary>
    public override TimeSpan LapsingTimeToLive => TimeSpan.FromSeconds(1);

    /// <summary>A busy machine holds up a renewal now and then.</summary>
    public override TimeSpan RenewedTimeToLive => TimeSpan.FromSeconds(3);

    public override bool CanStartWorkers => true;

    public override bool CanStopStore => true;

    /// <summary>
    /// Frozen, the server keeps its connections and its data and answers nobody: the outage that is hardest to notice.
    /// </summary>
    public override async ValueTask StopStoreAsync(CancellationToken cancellationToken) => (await GetServerAsync()).Freeze();

    public override async ValueTask StartStoreAsync(CancellationToken cancellationToken) => (await GetServerAsync()).Thaw();

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await (await _server).DisposeAsync();
        }

        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Creates the tables, so that no fact's lease has to wait for that.</summary>
    protected abstract Task CreateTablesAsync(string connectionString);

    protected async Task<string> GetConnectionStringAsync() => (await GetServerAsync()).ConnectionString;

    private Task<TServer> GetServerAsync()
    {
        lock (_lock)
        {
            return _server ??= StartAsync();
        }
    }

    private async Task<TServer> StartAsync()
    {
        var server = await start();
        await CreateTablesAsync(server.ConnectionString);
        return server;
    }

    protected static async Task ExecuteAsync(DbDataSource dataSource, string script)
    {
        await using var connection = await dataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = script;
        await command.ExecuteNonQueryAsync();
    }
}
