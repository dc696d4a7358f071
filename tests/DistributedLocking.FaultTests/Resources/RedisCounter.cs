using DistributedLocking.Redis;
using StackExchange.Redis;

namespace DistributedLocking.FaultTests.Resources;

/// <summary>Numbers in Redis, guarded by <see cref="RedisFencing"/>.</summary>
internal sealed class RedisCounter(string configuration) : ICounter
{
    private readonly object _lock = new();
    private Task<ConnectionMultiplexer>? _connection;

    public async Task<long> ReadAsync(string name, long? token, CancellationToken cancellationToken)
    {
        var database = await DatabaseAsync();
        return (long)await (token is { } mine ? database.StringGetFencedAsync(name, mine) : database.StringGetAsync(name)).WaitAsync(cancellationToken);
    }

    public async Task WriteAsync(string name, long value, long? token, CancellationToken cancellationToken)
    {
        var database = await DatabaseAsync();
        await (token is { } mine ? database.StringSetFencedAsync(name, value, mine) : database.StringSetAsync(name, value)).WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection)
        {
            (await connection).Dispose();
        }
    }

    private async Task<IDatabase> DatabaseAsync()
    {
        Task<ConnectionMultiplexer> connection;
        lock (_lock)
        {
            connection = _connection ??= ConnectionMultiplexer.ConnectAsync(configuration);
        }

        return (await connection).GetDatabase();
    }
}
