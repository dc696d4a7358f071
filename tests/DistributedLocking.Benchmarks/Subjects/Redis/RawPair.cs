using DistributedLocking.Benchmarks.Measurement;
using StackExchange.Redis;

namespace DistributedLocking.Benchmarks.Subjects.Redis;

/// <summary>
/// The least that a lock on Redis can be: SET NX PX, and a compare-and-delete by EVALSHA, bare on the driver. Without tokens, renewal, waiting or
/// time-outs, and with one owner id for all.
/// </summary>
internal sealed class RawPair : ILockSubject
{
    private const string Release = "if redis.call('GET',KEYS[1])==ARGV[1] then return redis.call('DEL',KEYS[1]) end return 0";

    private readonly ConnectionMultiplexer _connection;
    private readonly IDatabase _database;
    private readonly byte[] _release = Script.Hash(Release);

    private RawPair(ConnectionMultiplexer connection)
    {
        _connection = connection;
        _database = connection.GetDatabase();
    }

    public string Name => "raw pair";

    internal static async Task<RawPair> ConnectAsync(string address)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(address);
        await Script.TeachAsync(connection, Release);
        return new RawPair(connection);
    }

    public async Task RunAsync(CallerLoop loop)
    {
        RedisKey key = $"raw:{loop.Key}";
        RedisValue owner = Subject.OwnerId;
        while (loop.Next())
        {
            if (!await _database.StringSetAsync(key, owner, Subject.TimeToLive, When.NotExists))
            {
                throw Subject.NotAcquired();
            }

            if ((long)await _database.ScriptEvaluateAsync(_release, [key], [owner]) != 1)
            {
                throw Subject.NotReleased();
            }
        }
    }

    public ValueTask DisposeAsync() => new(_connection.CloseAsync());
}
