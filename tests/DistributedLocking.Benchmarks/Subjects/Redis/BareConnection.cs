using StackExchange.Redis;

namespace DistributedLocking.Benchmarks.Subjects.Redis;

/// <summary>A connection of the driver's, to a server that knows some scripts.</summary>
internal sealed class BareConnection : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _connection;

    private BareConnection(ConnectionMultiplexer connection)
    {
        _connection = connection;
        Database = connection.GetDatabase();
    }

    internal IDatabase Database { get; }

    internal static async Task<BareConnection> OpenAsync(string address, params IEnumerable<string> scripts)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(address);
        foreach (var endpoint in connection.GetEndPoints())
        {
            foreach (var script in scripts)
            {
                await connection.GetServer(endpoint).ScriptLoadAsync(script);
            }
        }

        return new BareConnection(connection);
    }

    public ValueTask DisposeAsync() => new(_connection.CloseAsync());
}
