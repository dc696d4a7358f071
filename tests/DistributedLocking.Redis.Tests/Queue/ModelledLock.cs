using System.Globalization;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Queue;

/// <summary>
/// A lock in Redis beside its model. Each step is taken by both, and whatever can be seen is compared.
/// </summary>
/// <param name="key">The lock's key.</param>
/// <param name="run">Tells the owners of this run from those of others, as the engine's owners are new for every
/// wait.</param>
/// <param name="processes">The providers, each of which stands for a process with every other owner.</param>
/// <param name="store">A connection of the test's own.</param>
/// <param name="mark">The bucket's fencing mark.</param>
/// <param name="patience">How long to wait for a word that must come.</param>
internal sealed class ModelledLock(string key, int run, ProviderUnderTest[] processes, IDatabase store, ModelledMark mark, TimeSpan patience) : IAsyncDisposable
{
    private const int Offer = 2000;
    private const int QueueLasts = 10_000;

    /// <summary>
    /// Shows everything at one moment. And no lease ends, and no place is passed over, while the test goes on.
    /// </summary>
    private const string Look = """
        local places = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', '(4503599627370496')
        local seen = {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1]), redis.call('GET', KEYS[2]), redis.call('PTTL', KEYS[3]), places}
        redis.call('PEXPIRE', KEYS[1], 3600000)
        redis.call('PEXPIRE', KEYS[3], 3600000)
        for i = 1, #places do
          redis.call('ZINCRBY', KEYS[3], 7200000, '\n' .. places[i])
        end
        return seen
        """;

    private readonly RedisKey[] _names = processes[0].Names.For(key).All;
    private readonly Dictionary<char, IKeyWatch> _watches = [];
    private readonly Dictionary<char, long> _words = [];
    private QueueModel _model = QueueModel.Unused;

    internal async Task StepAsync(QueueOperation operation)
    {
        var (next, answer) = _model.Apply(operation);
        var started = TimeProvider.System.GetTimestamp();
        var reply = await DoAsync(operation, answer);
        var seen = (RedisResult[])(await store.ScriptEvaluateAsync(Look, _names))!;

        if (answer.Told is not null && seen[0].IsNull && TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromMilliseconds(0.9 * Offer))
        {
            // The machine stood still for so long that the offer has lapsed before it could be looked at.
            next = next.Apply(operation with { Act = QueueAct.Lapse }).Next;
        }
        else
        {
            ShouldLast(operation, answer, lease: (long)seen[1], queue: (long)seen[3]);
        }

        ((string?)seen[0]).ShouldBe(next.Holder is { } holder ? OwnerId(holder) : null, "the lock");
        ((string[])seen[4]!).ShouldBe(next.Queue.Select(owner => $"{OwnerId(owner)}\n{ChannelOf(owner)}"), "the queue");
        var first = mark.Move(answer.Tokens, (string?)seen[2]);
        if (reply is { } grant)
        {
            grant.FencingToken.ShouldBe(first, "the first token");
        }

        if (answer.Told is { } told)
        {
            _words[told] = first;
        }

        _model = next;
        await WatchAsync(operation.Owner);
    }

    /// <summary>Nobody else was told of a grant.</summary>
    internal async Task NobodyElseWasToldAsync()
    {
        foreach (var owner in _model.Told)
        {
            await StepAsync(new QueueOperation(QueueAct.Hear, owner, Key: 0, Tokens: 1));
        }

        foreach (var process in processes)
        {
            // What was published before has arrived when this is answered.
            await process.Connection.Session!.Multiplexer.GetSubscriber().PingAsync();
        }

        foreach (var (owner, watch) in _watches)
        {
            using var end = new CancellationTokenSource();
            var wait = watch.WaitAsync(end.Token).AsTask();
            await end.CancelAsync();
            while (await Task.WhenAny(wait) is { IsCanceled: false })
            {
                // A word for a place that the owner has lost, or a connection that was restored.
                (await wait).Grant.ShouldBeNull($"{owner} was told of a grant that is not its own");
                wait = watch.WaitAsync(end.Token).AsTask();
            }
        }
    }

    /// <summary>Everybody has released or left.</summary>
    internal async Task EndAsync()
    {
        foreach (var owner in QueueOperation.Owners)
        {
            await StepAsync(new QueueOperation(_model.Holder == owner ? QueueAct.Release : QueueAct.Leave, owner, Key: 0, Tokens: 1));
        }

        _model.Holder.ShouldBeNull();
        _model.Queue.ShouldBeEmpty();
        QueueOperation.Owners.ShouldAllBe(owner => ProcessOf(owner).Provider.Inbox!.Find(OwnerId(owner)) == null, "nothing is left in the process");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var watch in _watches.Values)
        {
            await watch.DisposeAsync();
        }
    }

    /// <summary>Does it, and compares the answer. Returns the grant if there is one.</summary>
    private async Task<AcquireReply?> DoAsync(QueueOperation operation, QueueAnswer answer)
    {
        var owner = OwnerId(operation.Owner);
        var process = ProcessOf(operation.Owner);
        switch (operation.Act)
        {
            case QueueAct.Try:
                return Checked(await process.AcquireAsync(key, owner, tokens: operation.Tokens), answer);
            case QueueAct.Ask:
                return Checked(await process.AskAsync(key, owner, operation.Tokens), answer);
            case QueueAct.Hear when answer.IsDone:
                await HearAsync(operation.Owner);
                break;
            case QueueAct.Renew:
                (await process.RenewAsync(key, owner)).Outcome.ShouldBe(answer.IsDone ? RenewalOutcome.Renewed : RenewalOutcome.Lost);
                break;
            case QueueAct.Release:
                (await process.ReleaseAsync(key, owner)).ShouldBe(answer.IsDone, "released");
                break;
            case QueueAct.Leave:
                await process.LeaveAsync(key, owner);
                break;
            case QueueAct.Lapse:
                await store.KeyDeleteAsync(_names[0]);
                break;
            case QueueAct.ForgetQueue:
                await store.KeyDeleteAsync(_names[2]);
                break;
        }

        return null;
    }

    private static AcquireReply? Checked(AcquireReply reply, QueueAnswer answer)
    {
        reply.IsGranted.ShouldBe(answer.IsDone, "granted");
        if (!reply.IsGranted)
        {
            reply.HolderExpiresIn.ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.Zero);
            return null;
        }

        reply.Offer.ShouldBeNull();
        reply.Tokens.ShouldBe(answer.Tokens);
        return reply;
    }

    private async Task HearAsync(char owner)
    {
        AcquireReply? grant = null;
        while (grant is null)
        {
            // A word for a place that the owner has lost wakes it too, and so does a connection that was restored.
            grant = (await _watches[owner].WaitAsync(TestContext.Current.CancellationToken).AsTask()
                .WaitAsync(patience, TimeProvider.System, TestContext.Current.CancellationToken)).Grant;
        }

        grant.ShouldBe(AcquireReply.Granted(_words[owner], TimeSpan.FromMilliseconds(Offer), QueueModel.OfferedTokens));
    }

    private static void ShouldLast(QueueOperation operation, QueueAnswer answer, long lease, long queue)
    {
        var acquires = operation.Act is QueueAct.Try or QueueAct.Ask;
        if (answer.Told is not null)
        {
            lease.ShouldBeInRange(1, Offer, "an offer is short");
        }
        else if (answer.IsDone && (acquires || operation.Act == QueueAct.Renew))
        {
            lease.ShouldBeInRange(Offer + 1, (long)ProviderUnderTest.Minute.TotalMilliseconds, "a lease is as long as was asked");
        }
        else if (operation.Act == QueueAct.Ask)
        {
            queue.ShouldBeInRange(1, QueueLasts, "a queue that nobody asks for goes");
        }
    }

    /// <summary>An owner watches from the answer "held" until it has the lock or gives up, as in the engine.</summary>
    private async Task WatchAsync(char owner)
    {
        if (!_model.Waiting.Contains(owner))
        {
            if (_watches.Remove(owner, out var watch))
            {
                await watch.DisposeAsync();
            }
        }
        else if (!_watches.ContainsKey(owner))
        {
            var request = ProviderUnderTest.Request(key, OwnerId(owner));
            _watches[owner] = (await ProcessOf(owner).Provider.WatchAsync(request, TestContext.Current.CancellationToken)).ShouldNotBeNull();
        }
    }

    private string OwnerId(char owner) => string.Create(CultureInfo.InvariantCulture, $"{owner}-{run}-{key}");

    private ProviderUnderTest ProcessOf(char owner) => processes[owner % processes.Length];

    private string ChannelOf(char owner) => System.Text.Encoding.UTF8.GetString(ProcessOf(owner).Provider.Inbox!.Channel);
}
