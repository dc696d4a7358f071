using System.Data.Common;
using System.Globalization;
using DistributedLocking.TestKit.Proxy;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.FaultTests.Stores;

/// <summary>A database server. The data are in the same database, and reached directly.</summary>
internal abstract class DatabaseUnderTest : StoreUnderTest
{
    private readonly DatabaseServer _server;

    private protected DatabaseUnderTest(StoreKind kind, DatabaseServer server)
        : base(kind)
    {
        _server = server;
        Proxy = new FaultProxy(server.Host, server.Port);
    }

    internal sealed override FaultProxy Proxy { get; }

    internal override StoreAddress Address => new(Kind, _server.Through(Proxy), _server.ConnectionString);

    internal override StoreAddress DirectAddress => new(Kind, _server.ConnectionString, _server.ConnectionString);

    internal override void Freeze() => _server.Freeze();

    internal override void Thaw() => _server.Thaw();

    internal override Task KillAsync() => _server.KillAsync();

    internal override Task RestartAsync() => _server.RestartAsync();

    internal override async Task<IReadOnlyList<string>> FindOrphansAsync() =>
        DescribeOrphans(await CountAsync(CountLeases), await CountAsync(CountTransactions));

    internal static IReadOnlyList<string> DescribeOrphans(int leases, int transactions) =>
    [
        .. leases > 0 ? [$"{leases} leases"] : Array.Empty<string>(),
        .. transactions > 0 ? [$"{transactions} transactions"] : Array.Empty<string>(),
    ];

    internal override Task<int> CountConnectionsAsync() => CountAsync(CountSessions);

    /// <summary>Statements of the administrator, each with one number as its answer.</summary>
    protected abstract string CountLeases { get; }

    protected abstract string CountTransactions { get; }

    protected abstract string CountSessions { get; }

    protected abstract DbDataSource CreateSource(string connectionString);

    /// <summary>Creates the tables, so that no lease of a test has to wait for that.</summary>
    protected async Task PrepareAsync(params string[] scripts)
    {
        foreach (var script in scripts)
        {
            await RunAsync(script, command => command.ExecuteNonQueryAsync());
        }
    }

    protected async Task<T> RunAsync<T>(string statement, Func<DbCommand, Task<T>> run)
    {
        await using var source = CreateSource(_server.ConnectionString + ";Pooling=false");
        await using var connection = await OpenAsync(source);
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        return await run(command);
    }

    protected override ValueTask StopAsync() => _server.DisposeAsync();

    /// <summary>After a storm of connections a server is slow to answer another one.</summary>
    private static async Task<DbConnection> OpenAsync(DbDataSource source)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await source.OpenConnectionAsync();
            }
            catch (DbException) when (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    private async Task<int> CountAsync(string statement) =>
        await RunAsync(statement, async command => Convert.ToInt32(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture));
}
