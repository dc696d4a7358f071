using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Renewals;
using DistributedLocking.Redis.Scripts;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Renewals;

[Collection(nameof(StarvedPool))]
public sealed class RenewalBatchTests(SharedRedis redis)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private static readonly RedisResult Renewed = RedisResult.Create((RedisValue)1);
    private static readonly LockNames Names = new("lock:");

    [Fact]
    public void With_the_thread_pool_starved_the_wait_needs_no_thread_but_the_callers_and_the_clients()
    {
        var client = ScriptedClient.Open(out var session);
        client.Sending = script => AnswerOnAnotherThread([script]);
        RenewalReply[] replies = [];

        StarvedPool.Run(() => replies = Run(session, count: 100));

        replies.Length.ShouldBe(100);
        replies.ShouldAllBe(reply => reply.Outcome == RenewalOutcome.Renewed);
    }

    [Fact]
    public async Task With_the_thread_pool_starved_renewals_reach_the_server_and_the_wait_for_answers_is_bounded()
    {
        await using var locks = ProviderUnderTest.On(redis.Server, options => options.CommandTimeout = TimeSpan.FromSeconds(2));
        await using var wire = await redis.Server.ConnectAsync();
        await locks.AcquireAsync("orders", "a", TimeSpan.FromSeconds(30));
        var request = new RenewalRequest(new LeaseReference("orders", "a"), TimeSpan.FromHours(1));
        RenewalReply[] replies = [];

        // The client may read its socket on the pool, so the answer may be out of reach for now; the lease is extended
        // all the same.
        StarvedPool.Run(() => replies = Run(locks.Connection.Session!, locks.Names, [request], TimeSpan.FromSeconds(2)));

        replies.Single().Outcome.ShouldBeOneOf(RenewalOutcome.Renewed, RenewalOutcome.Unknown);
        var left = await wire.SendAsync("PTTL", locks.LockName("orders"));
        long.Parse(left!, System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(60_000);
    }

    [Fact]
    public void All_are_sent_before_the_first_answer_is_awaited()
    {
        var client = ScriptedClient.Open(out var session);
        client.Sending = _ =>
        {
            if (client.Sent.Count == 50)
            {
                AnswerOnAnotherThread([.. client.Sent]);
            }
        };

        Run(session, count: 50).ShouldAllBe(reply => reply.Outcome == RenewalOutcome.Renewed);
    }

    [Fact]
    public void The_first_of_a_batch_carries_the_script_only_where_the_server_may_not_know_it()
    {
        var client = ScriptedClient.Open(out var session);
        client.Sending = script => script.Answer.SetResult(Renewed);
        ShouldSend(byHash: [false, true]);
        ShouldSend(byHash: [true, true]);

        var isKnown = false;
        client.Sending = script =>
        {
            isKnown |= !script.IsByHash;
            _ = isKnown
                ? script.Answer.TrySetResult(Renewed)
                : script.Answer.TrySetException(ScriptedClient.UnknownScript());
        };
        ShouldSend(byHash: [true, true, false, false]);
        ShouldSend(byHash: [true, true]);

        client.Sending = script => script.Answer.SetException(new IOException("cut"));
        ShouldSend(byHash: [true, true], RenewalOutcome.Unknown);

        void ShouldSend(bool[] byHash, RenewalOutcome outcome = RenewalOutcome.Renewed)
        {
            var before = client.Sent.Count;
            var replies = Run(session, Names, Requests(2), Timeout);
            client.Sent.Skip(before).Select(script => script.IsByHash).ShouldBe(byHash);
            replies.ShouldAllBe(reply => reply.Outcome == outcome);
        }
    }

    [Fact]
    public async Task A_server_that_does_not_answer_holds_up_neither_the_answers_of_others_nor_the_next_batch()
    {
        var client = ScriptedClient.Open(out var session);
        session.Scripts.NoteKnown(RedisScript.Renew);
        using var thread = new RenewalThread();
        var told = new ConcurrentQueue<(char Batch, int Index)>();
        var first = Send('a', 3);
        client.Sent[2].Answer.SetResult(Renewed);
        client.Sent[1].Answer.SetResult(Renewed);
        await ToldAsync(2);

        var second = Send('b', 2);
        client.Sent[4].Answer.SetResult(Renewed);
        await ToldAsync(3);
        client.Sent[3].Answer.SetResult(Renewed);
        await second.EndAsync().WaitAsync(Eventually.Bound, TimeProvider.System, TestContext.Current.CancellationToken);

        first.EndAsync().IsCompleted.ShouldBeFalse();
        client.Sent[0].Answer.SetResult(Renewed);
        await first.EndAsync().WaitAsync(Eventually.Bound, TimeProvider.System, TestContext.Current.CancellationToken);
        told.ShouldBe([('a', 1), ('a', 2), ('b', 1), ('b', 0), ('a', 0)]);

        RenewalBatch Send(char name, int count)
        {
            var round = new RenewalBatch(
                session, Names, Requests(count), Eventually.Bound, (index, _) => told.Enqueue((name, index)), TestContext.Current.CancellationToken);
            thread.Add(round);
            return round;
        }

        Task ToldAsync(int count) => Eventually.BecomesTrueAsync(() => Task.FromResult(told.Count == count), $"{count} were told");
    }

    [Fact]
    public void Without_a_connection_nothing_is_sent()
    {
        var client = ScriptedClient.Open(out var session);
        client.IsConnected = false;

        var reply = Run(session, count: 1).Single();

        reply.Outcome.ShouldBe(RenewalOutcome.Unknown);
        reply.Error.ShouldBeOfType<DistributedLockUnavailableException>().IsUnsent.ShouldBeTrue();
        client.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reply_names_its_connection()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server);
        await locks.AcquireAsync("orders", "a");
        var first = (await locks.RenewAsync("orders", "a")).Connection.ShouldNotBeNull();
        (await locks.RenewAsync("orders", "b")).Connection.ShouldBe(first);

        await using var wire = await server.ConnectAsync();
        await wire.SendAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        RenewalReply reply = default;
        await Eventually.BecomesTrueAsync(
            async () => (reply = await locks.RenewAsync("orders", "a")).Outcome == RenewalOutcome.Renewed, "it was connected again");

        reply.Connection.ShouldNotBe(first);
    }

    [Fact]
    public void A_client_that_throws_at_once_makes_the_outcome_unknown()
    {
        ScriptedClient.Open(out var session).Sending = _ => throw new ObjectDisposedException("multiplexer");

        var reply = Run(session, count: 1).Single();

        reply.Outcome.ShouldBe(RenewalOutcome.Unknown);
        reply.Error.ShouldBeOfType<DistributedLockUnavailableException>().InnerException.ShouldBeOfType<ObjectDisposedException>();
    }

    [Fact]
    public void A_renewal_that_fails_after_it_was_given_up_is_not_reported_as_unobserved()
    {
        var reason = RandomNumberGenerator.GetHexString(16);
        var unobserved = new ConcurrentQueue<Exception>();
        TaskScheduler.UnobservedTaskException += OnUnobserved;
        try
        {
            GiveUpAndFail(reason);
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= OnUnobserved;
        }

        unobserved.ShouldBeEmpty();

        // Those of other tests are theirs.
        void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            if (e.Exception.ToString().Contains(reason, StringComparison.Ordinal))
            {
                unobserved.Enqueue(e.Exception);
            }
        }
    }

    /// <summary>In a method of its own, so that nothing here keeps the tasks alive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void GiveUpAndFail(string reason)
    {
        var client = ScriptedClient.Open(out var session);
        Run(session, Names, Requests(3), TimeSpan.FromMilliseconds(1)).ShouldAllBe(reply => reply.Outcome == RenewalOutcome.Unknown);
        foreach (var script in client.Sent)
        {
            script.Answer.SetException(new IOException(reason));
        }
    }

    private static List<RenewalRequest> Requests(int count) =>
        Enumerable.Range(0, count).Select(i => new RenewalRequest(new LeaseReference($"key-{i}", "a"), TimeSpan.FromMinutes(1))).ToList();

    private static RenewalReply[] Run(RedisSession session, int count) => Run(session, Names, Requests(count), Timeout);

    /// <summary>Renews, and blocks until all answers have been told.</summary>
    private static RenewalReply[] Run(RedisSession session, LockNames names, List<RenewalRequest> batch, TimeSpan timeout)
    {
        using var thread = new RenewalThread();
        var replies = new RenewalReply[batch.Count];
        var round = new RenewalBatch(session, names, batch, timeout, (index, reply) => replies[index] = reply, CancellationToken.None);
        thread.Add(round);
        SpinWait.SpinUntil(() => round.EndAsync().IsCompleted, Eventually.Bound).ShouldBeTrue();
        return replies;
    }

    /// <summary>Answers as a client does that has threads of its own.</summary>
    private static void AnswerOnAnotherThread(ScriptedClient.SentScript[] scripts) =>
        new Thread(() => Array.ForEach(scripts, script => script.Answer.SetResult(Renewed))).Start();
}
