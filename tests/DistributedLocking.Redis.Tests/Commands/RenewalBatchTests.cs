using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
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
    private static readonly RedisResult Renewed = RedisResult.Create((RedisValue)1);

    [Fact]
    public void With_the_thread_pool_starved_the_wait_needs_no_thread_but_the_callers_and_the_clients()
    {
        var client = ScriptedClient.Open(out var session);
        client.Sending = script => AnswerOnAnotherThread([script]);
        IReadOnlyList<RenewalReply> replies = [];

        StarvedPool.Run(() => replies = Run(session.Database, count: 100));

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

        // The client may read its socket on the pool, so the answer may be out of reach for now; the lease is extended all the same.
        StarvedPool.Run(() => replies = Run(locks.Connection.Session!.Database, locks.Names, [request], TimeSpan.FromSeconds(2)));

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

        Run(session.Database, count: 50).ShouldAllBe(reply => reply.Outcome == RenewalOutcome.Renewed);
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
            var replies = Run(session.Database, new LockNames("lock:"), Requests(2), Timeout, session.Rights);
            client.Sent.Skip(before).Select(script => script.IsByHash).ShouldBe(byHash);
            replies.ShouldAllBe(reply => reply.Outcome == outcome);
        }
    }

    [Fact]
    public void A_client_that_throws_at_once_makes_the_outcome_unknown()
    {
        ScriptedClient.Open(out var session).Sending = _ => throw new ObjectDisposedException("multiplexer");

        var reply = Run(session.Database, count: 1).Single();

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
        Run(session.Database, new LockNames("lock:"), Requests(3), TimeSpan.FromMilliseconds(1)).ShouldAllBe(reply => reply.Outcome == RenewalOutcome.Unknown);
        foreach (var script in client.Sent)
        {
            script.Answer.SetException(new IOException(reason));
        }
    }

    private static List<RenewalRequest> Requests(int count) =>
        Enumerable.Range(0, count).Select(i => new RenewalRequest(new LeaseReference($"key-{i}", "a"), TimeSpan.FromMinutes(1))).ToList();

    private static IReadOnlyList<RenewalReply> Run(IDatabase database, int count) => Run(database, new LockNames("lock:"), Requests(count), Timeout);

    private static IReadOnlyList<RenewalReply> Run(
        IDatabase database, LockNames names, IReadOnlyList<RenewalRequest> batch, TimeSpan timeout, ScriptRights? rights = null) =>
        RenewalBatch.Run(database, names, batch, timeout, CancellationToken.None, rights);

    /// <summary>Answers as a client does that has threads of its own.</summary>
    private static void AnswerOnAnotherThread(ScriptedClient.SentScript[] scripts) =>
        new Thread(() => Array.ForEach(scripts, script => script.Answer.SetResult(Renewed))).Start();
}
