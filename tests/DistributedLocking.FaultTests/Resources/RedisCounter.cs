using System.Globalization;
using DistributedLocking.Redis;
using StackExchange.Redis;

namespace DistributedLocking.FaultTests.Resources;

/// <summary>Numbers in Redis, guarded by <see cref="RedisFencing"/>.</summary>
internal sealed class RedisCounter(string configuration) : ICounter
{
    /// <summary>
    /// Notes the token where <see cref="RedisFencing"/> looks for it, and reads, in one step. The package's guard is on the write alone, which keeps a
    /// stale writer from overwriting a newer value but does not keep its write from being overwritten by one that has read before it.
    /// </summary>
    private const string ReadFenced =
        """
        local newest = redis.call('GET', KEYS[2])
        if newest and (#newest > #ARGV[1] or (#newest == #ARGV[1] and newest > ARGV[1])) then
          return redis.error_reply('STALE ' .. newest)
        end
        redis.call('SET', KEYS[2], ARGV[1])
        return redis.call('GET', KEYS[1])
        """;

    private readonly object _lock = new();
    private Task<ConnectionMultiplexer>? _connection;

    public async Task<long> ReadAsync(string name, long? token, CancellationToken cancellationToken)
    {
        var database = await DatabaseAsync();
        if (token is not { } mine)
        {
            return (long)await database.StringGetAsync(name).WaitAsync(cancellationToken);
        }

        try
        {
            RedisKey[] keys = [name, $"{{{name}}}:fence"];
            return (long)(RedisValue)await database.ScriptEvaluateAsync(ReadFenced, keys, [mine]).WaitAsync(cancellationToken);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("STALE ", StringComparison.Ordinal))
        {
            throw new StaleFencingTokenException { FencingToken = mine, NewestToken = long.Parse(e.Message[6..], CultureInfo.InvariantCulture) };
        }
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
