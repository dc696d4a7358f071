using DistributedLocking.Benchmarks.Measurement;
using StackExchange.Redis;

namespace DistributedLocking.Benchmarks.Subjects.Redis;

/// <summary>
/// The package's own acquire and release scripts, bare on the driver: the server does what it does for the lock (token,
/// a look for waiters), and the client nothing, not even a time-out.
/// </summary>
internal sealed class EqualWorkPair : ILockSubject
{
    private static readonly string Acquire = Script.OfPackage("fence.lua", "queue.lua", "acquire.lua");
    private static readonly string Release = Script.OfPackage("fence.lua", "queue.lua", "pass-on.lua", "release.lua");

    private readonly BareConnection _connection;
    private readonly byte[] _acquire = Script.Hash(Acquire);
    private readonly byte[] _release = Script.Hash(Release);

    private EqualWorkPair(BareConnection connection) => _connection = connection;

    public string Name => "equal-work pair";

    internal static async Task<EqualWorkPair> ConnectAsync(string address) => new(await BareConnection.OpenAsync(address, Acquire, Release));

    public async Task RunAsync(CallerLoop loop)
    {
        var database = _connection.Database;

        // As long as the lock's own names.
        RedisKey key = $"same:{{000}}:{loop.Key}";
        RedisKey fence = "same:{000}fence";
        RedisValue owner = Subject.OwnerId;
        RedisKey queue = $"same:{{000}}queue:{loop.Key}";
        RedisValue timeToLive = (long)Subject.TimeToLive.TotalMilliseconds;
        while (loop.Next())
        {
            if ((long)await database.ScriptEvaluateAsync(_acquire, [key, fence, queue], [owner, timeToLive, 1]) <= 0)
            {
                throw Subject.NotAcquired();
            }

            if ((long)await database.ScriptEvaluateAsync(_release, [key, fence, queue], [owner]) != 1)
            {
                throw Subject.NotReleased();
            }
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
