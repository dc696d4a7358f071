using DistributedLocking.Benchmarks.Measurement;
using StackExchange.Redis;

namespace DistributedLocking.Benchmarks.Subjects.Redis;

/// <summary>
/// The least that a lock on Redis can be: SET NX PX, and a compare-and-delete by EVALSHA, bare on the driver. Without
/// tokens, renewal, waiting or time-outs, and with one owner id for all.
/// </summary>
internal sealed class RawPair : ILockSubject
{
    private const string Release = "if redis.call('GET',KEYS[1])==ARGV[1] then return redis.call('DEL',KEYS[1]) end return 0";

    private readonly BareConnection _connection;
    private readonly IDatabase _database;
    private readonly RedisValue _owner = Subject.OwnerId;
    private readonly byte[] _release = Script.Hash(Release);

    private RawPair(BareConnection connection)
    {
        _connection = connection;
        _database = connection.Database;
    }

    public string Name => "raw pair";

    internal static async Task<RawPair> ConnectAsync(string address) => new(await BareConnection.OpenAsync(address, Release));

    public async Task RunAsync(CallerLoop loop)
    {
        RedisKey key = $"raw:{loop.Key}";
        while (loop.Next())
        {
            if (!await AcquireAsync(key))
            {
                throw Subject.NotAcquired();
            }

            if ((long)await ReleaseAsync(key) != 1)
            {
                throw Subject.NotReleased();
            }
        }
    }

    // The driver's own tasks: an async method here would add to what is the floor.
    internal Task<bool> AcquireAsync(RedisKey key) => _database.StringSetAsync(key, _owner, Subject.TimeToLive, When.NotExists);

    internal Task<RedisResult> ReleaseAsync(RedisKey key) => _database.ScriptEvaluateAsync(_release, [key], [_owner]);

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
