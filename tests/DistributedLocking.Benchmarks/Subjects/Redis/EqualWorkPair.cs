using DistributedLocking.Benchmarks.Measurement;
using StackExchange.Redis;

namespace DistributedLocking.Benchmarks.Subjects.Redis;

/// <summary>
/// The package's own acquire and release scripts, bare on the driver: the server does what it does for the lock (token, publication), and the client
/// nothing, not even a time-out.
/// </summary>
internal sealed class EqualWorkPair : ILockSubject
{
    private static readonly string Acquire = Script.OfPackage("acquire.lua");
    private static readonly string Release = Script.OfPackage("release.lua");

    private readonly ConnectionMultiplexer _connection;
    private readonly IDatabase _database;
    private readonly byte[] _acquire = Script.Hash(Acquire);
    private readonly byte[] _release = Script.Hash(Release);

    private EqualWorkPair(ConnectionMultiplexer connection)
    {
        _connection = connection;
        _database = connection.GetDatabase();
    }

    public string Name => "equal-work pair";

    internal static async Task<EqualWorkPair> ConnectAsync(string address)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(address);
        await Script.TeachAsync(connection, Acquire);
        await Script.TeachAsync(connection, Release);
        return new EqualWorkPair(connection);
    }

    public async Task RunAsync(CallerLoop loop)
    {
        // As long as the lock's own names.
        RedisKey key = $"same:{{000}}:{loop.Key}";
        RedisKey fence = "same:{000}fence";
        RedisValue owner = Subject.OwnerId;
        RedisValue channel = (string)key!;
        RedisValue timeToLive = (long)Subject.TimeToLive.TotalMilliseconds;
        while (loop.Next())
        {
            if ((long)await _database.ScriptEvaluateAsync(_acquire, [key, fence], [owner, timeToLive]) <= 0)
            {
                throw Subject.NotAcquired();
            }

            if ((long)await _database.ScriptEvaluateAsync(_release, [key], [owner, channel]) != 1)
            {
                throw Subject.NotReleased();
            }
        }
    }

    public ValueTask DisposeAsync() => new(_connection.CloseAsync());
}
