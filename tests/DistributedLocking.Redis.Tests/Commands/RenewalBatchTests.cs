using System.Reflection;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Commands;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Tests.Doubles;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Commands;

[Collection(nameof(StarvedPool))]
public sealed class RenewalBatchTests(SharedRedis redis)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    [Fact]
    public void With_the_thread_pool_starved_the_wait_needs_no_thread_but_the_callers_and_the_clients()
    {
        var database = DispatchProxy.Create<IDatabase, AnsweringDatabase>();
        IReadOnlyList<RenewalReply> replies = [];

        StarvedPool.Run(() => replies = Run(database, count: 100));

        replies.Count.ShouldBe(100);
        replies.ShouldAllBe(reply => reply.Outcome == RenewalOutcome.Renewed);
    }

    [Fact]
    public async Task With_the_thread_pool_starved_renewals_reach_the_server_and_the_wait_for_answers_is_bounded()
    {
        await using var locks = ProviderUnderTest.On(redis.Server, options => options.CommandTimeout = TimeSpan.FromSeconds(2));
        await using var wire = await redis.Server.ConnectAsync();
        await locks.AcquireAsync("orders", "a", TimeSpan.FromSeconds(30));
        var request = new RenewalRequest(new LeaseReference("orders", "a"), TimeSpan.FromHours(1));
        IReadOnlyList<RenewalReply> replies = [];

        // Client 1.x reads its socket on the pool, so the answer may be out of reach for now; the lease is extended all the same.
        StarvedPool.Run(() => replies = Run(locks.Connection.Session!.Database, locks.Names, [request], TimeSpan.FromSeconds(2)));

        replies.Single().Outcome.ShouldBeOneOf(RenewalOutcome.Renewed, RenewalOutcome.Unknown);
        var left = await wire.SendAsync("PTTL", locks.LockName("orders"));
        long.Parse(left!, System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(60_000);
    }

    [Fact]
    public void All_are_sent_before_the_first_answer_is_awaited()
    {
        var database = DispatchProxy.Create<IDatabase, AnsweringDatabase>();
        ((AnsweringDatabase)(object)database).AnswerAfter = 50;

        Run(database, count: 50).ShouldAllBe(reply => reply.Outcome == RenewalOutcome.Renewed);
    }

    [Fact]
    public void The_first_of_a_batch_carries_the_script_only_where_the_server_may_not_know_it()
    {
        var client = ScriptedClient.Open(out var session);
        client.Sending = script => script.Answer.SetResult(RedisResult.Create((RedisValue)1));
        ShouldSend(byHash: [false, true]);
        ShouldSend(byHash: [true, true]);

        var isKnown = false;
        client.Sending = script =>
        {
            isKnown |= !script.IsByHash;
            _ = isKnown
                ? script.Answer.TrySetResult(RedisResult.Create((RedisValue)1))
                : script.Answer.TrySetException(ScriptedClient.ServerError("NOSCRIPT No matching script."));
        };
        ShouldSend(byHash: [true, true, false, false]);
        ShouldSend(byHash: [true, true]);

        client.Sending = script => script.Answer.SetException(new IOException("cut"));
        ShouldSend(byHash: [true, true], RenewalOutcome.Unknown);

        void ShouldSend(bool[] byHash, RenewalOutcome outcome = RenewalOutcome.Renewed)
        {
            var before = client.Sent.Count;
            var replies = Run(session.Database, new LockNames("lock:"), Requests(2), Timeout, session.Rights);
            client.Sent.Skip(before).Select(script => script.IsByHash).ShouldBe(byHash);
            replies.ShouldAllBe(reply => reply.Outcome == outcome);
        }
    }

    [Fact]
    public void A_client_that_throws_at_once_makes_the_outcome_unknown()
    {
        var database = DispatchProxy.Create<IDatabase, AnsweringDatabase>();
        ((AnsweringDatabase)(object)database).Error = new ObjectDisposedException("multiplexer");

        var reply = Run(database, count: 1).Single();

        reply.Outcome.ShouldBe(RenewalOutcome.Unknown);
        reply.Error.ShouldBeOfType<DistributedLockUnavailableException>().InnerException.ShouldBeOfType<ObjectDisposedException>();
    }

    private static List<RenewalRequest> Requests(int count) =>
        Enumerable.Range(0, count).Select(i => new RenewalRequest(new LeaseReference($"key-{i}", "a"), TimeSpan.FromMinutes(1))).ToList();

    private static IReadOnlyList<RenewalReply> Run(IDatabase database, int count) => Run(database, new LockNames("lock:"), Requests(count), Timeout);

    private static IReadOnlyList<RenewalReply> Run(
        IDatabase database, LockNames names, IReadOnlyList<RenewalRequest> batch, TimeSpan timeout, ScriptRights? rights = null) =>
        RenewalBatch.Run(database, names, batch, timeout, CancellationToken.None, rights);

    /// <summary>A database whose scripts are answered by a thread of the client's own, once enough have been sent.</summary>
    public class AnsweringDatabase : DispatchProxy
    {
        private readonly List<TaskCompletionSource<RedisResult>> _sent = [];

        internal int AnswerAfter { get; set; } = 1;

        internal Exception? Error { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            targetMethod!.Name.ShouldBe(nameof(IDatabase.ScriptEvaluateAsync));
            if (Error is not null)
            {
                throw Error;
            }

            var source = new TaskCompletionSource<RedisResult>();
            _sent.Add(source);
            if (_sent.Count >= AnswerAfter)
            {
                var answered = _sent.ToArray();
                new Thread(() => Array.ForEach(answered, each => each.TrySetResult(RedisResult.Create((RedisValue)1)))).Start();
            }

            return source.Task;
        }
    }
}
