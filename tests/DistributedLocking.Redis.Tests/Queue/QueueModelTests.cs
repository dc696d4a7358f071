using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;
using FsCheck;
using FsCheck.Fluent;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Queue;

/// <summary>
/// Random operations of four owners in two processes on two locks, with words that are missed, leases that lapse and
/// queues that end, on a server and on a model: after each of them both agree.
/// </summary>
public sealed class QueueModelTests(SharedRedis redis) : IAsyncDisposable
{
    private const string Patiently = ",syncTimeout=30000";

    private const string First = "orders";

    private RedisServer? _own;
    private ProviderUnderTest[] _processes = [];
    private ConnectionMultiplexer? _multiplexer;

    // Of each set of three, the first two share a bucket. The second set is for marks that are ahead: no process is to
    // see that a mark falls.
    private string[][] _keys = [];
    private int _runs;
    private bool _hasFailed;

    private RedisServer Server => _own ?? redis.Server;

    private IDatabase Store => _multiplexer!.GetDatabase();

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        _multiplexer?.Dispose();
        if (_own is not null)
        {
            await _own.DisposeAsync();
        }
    }

    // A failure prints its seed and size; "Config.QuickThrowOnFailure.WithReplay(new Replay(new Rnd(seed, gamma),
    // size))" does it again.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task The_queue_does_what_its_model_does(bool inBatches) => CompareAsync(150, inBatches);

    [Fact]
    public async Task It_does_so_on_garnet_too_where_scripts_are_transactions()
    {
        _own = await GarnetServer.StartAsync(inTransactions: true);
        await CompareAsync(30, inBatches: false);
    }

    private async Task CompareAsync(int runs, bool inBatches)
    {
        await StartAsync(inBatches);
        var property = Prop.ForAll(QueueRun.Any, RunAsync);

        // FsCheck blocks its thread, which must not be one of the pool's.
        await Task.Factory.StartNew(
            () => property.Check(Config.QuickThrowOnFailure.WithMaxTest(runs).WithStartSize(40).WithEndSize(80)),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    private async Task StartAsync(bool inBatches)
    {
        var one = ProviderUnderTest.On(Server, BePatient, inBatches: inBatches);
        _processes = [one, ProviderUnderTest.On(Server, options =>
        {
            BePatient(options);
            options.KeyPrefix = one.KeyPrefix;
        })];
        var names = Enumerable.Range(0, 10_000).Select(number => $"{First}-{number}").Prepend(First).GroupBy(one.FenceName, StringComparer.Ordinal).Take(4)
            .Select(bucket => bucket.Take(2).ToList()).ToList();
        _keys = [[.. names[0], names[1][0]], [.. names[2], names[3][0]]];
        _multiplexer = await ConnectionMultiplexer.ConnectAsync($"{Server.Address}{Patiently},allowAdmin=true");
        await one.AcquireAsync(First, "holder");
        foreach (var process in _processes)
        {
            await Eventually.BecomesTrueAsync(
                async () => !(await process.AskAsync(First, "waiter")).IsGranted && process.Provider.Inbox!.IsOpen,
                "the process could be told of grants");
            await process.LeaveAsync(First, "waiter");
        }
    }

    private static void BePatient(RedisLockOptions options)
    {
        options.Configuration += Patiently;
        options.CommandTimeout = Eventually.Bound;
    }

    private async Task RunAsync(QueueRun run)
    {
        try
        {
            var keys = _keys[run.IsMarkAhead ? 1 : 0];
            await StartAfreshAsync(keys, run.IsMarkAhead);
            var mark = await MarkAsync(keys[0], run.IsMarkAhead);
            await using var first = Lock(keys[0], mark);
            await using var second = run.SharesMark ? Lock(keys[1], mark) : Lock(keys[2], await MarkAsync(keys[2], run.IsMarkAhead));
            ModelledLock[] locks = [first, second];
            foreach (var operation in run.Operations)
            {
                await locks[operation.Key].StepAsync(operation);
            }

            foreach (var one in locks)
            {
                await one.NobodyElseWasToldAsync();
                await one.EndAsync();
            }

            // Garnet names keys, too, from which the last element has been popped.
            var left = ((string[])(await Store.ExecuteAsync("KEYS", _processes[0].KeyPrefix + "*"))!).Where(name => Store.KeyExists(name));
            left.ShouldBeSubsetOf(_keys.SelectMany(set => set).Select(_processes[0].FenceName), StringComparer.Ordinal, "what is left");
        }
        catch
        {
            _hasFailed = true;
            throw;
        }
    }

    // A run that failed has left what it had, and the next one is FsCheck's search for a shorter one.
    private async Task StartAfreshAsync(string[] keys, bool isMarkAhead)
    {
        _runs++;
        var all = _keys.SelectMany(set => set).Select(_processes[0].Names.For).ToList();
        await Store.KeyDeleteAsync([.. all.Select(name => name.Lock), .. all.Select(name => name.Queue)]);
        foreach (var key in isMarkAhead ? keys : [])
        {
            await Store.StringSetAsync(_processes[0].FenceName(key), ModelledMark.Ahead, when: When.NotExists);
        }
    }

    private async Task<ModelledMark> MarkAsync(string key, bool isAhead) => new(isAhead, (long?)await Store.StringGetAsync(_processes[0].FenceName(key)));

    // While it is made shorter, a failure need not be waited for so long.
    private ModelledLock Lock(string key, ModelledMark mark) =>
        new(key, _runs, _processes, Store, mark, _hasFailed ? TimeSpan.FromSeconds(2) : Eventually.Bound);
}
