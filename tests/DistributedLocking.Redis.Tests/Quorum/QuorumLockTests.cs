using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;

namespace DistributedLocking.Redis.Tests.Quorum;

public sealed class QuorumLockTests
{
    [Fact]
    public async Task Tokens_rise_across_majorities_that_share_one_server()
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var locks = servers.Provider();
        await locks.WarmUpAsync();
        long last = 0;

        // Each grant is seen by another pair, and the marks differ by far: without the writing back, the second pair
        // would know the smaller ones.
        (int Absent, int Ahead)[] rounds = [(2, 0), (0, 2), (1, 1), (2, 0), (1, 2), (0, 0)];
        foreach (var (absent, ahead) in rounds)
        {
            if (ahead != absent)
            {
                await servers.SendAsync(ahead, "INCRBY", servers.FenceName("orders"), "1000000000000");
            }

            servers.Freeze(absent);
            var reply = await locks.AcquireAsync("orders", "a").Within();
            reply.IsGranted.ShouldBeTrue();
            reply.FencingToken.ShouldBeGreaterThan(last);
            last = reply.FencingToken;
            (await locks.ReleaseAsync("orders", "a").Within()).ShouldBeTrue();
            servers.Thaw();
            await servers.BecomesFreeAsync("orders");
        }
    }

    [Fact]
    public async Task The_largest_token_is_known_to_a_majority_before_the_grant_is_reported()
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var locks = servers.Provider();
        await locks.WarmUpAsync();
        const string Ahead = "9007199254740993";
        await servers.SendAsync(0, "SET", servers.FenceName("orders"), Ahead);
        servers.Freeze(2);

        var token = (await locks.AcquireAsync("orders", "a").Within()).FencingToken;

        // Above 2^53, where a double would skip.
        token.ShouldBe(9007199254740994);
        (await servers.SendAsync(0, "GET", servers.FenceName("orders"))).ShouldBe("9007199254740994");
        (await servers.SendAsync(1, "GET", servers.FenceName("orders"))).ShouldBe("9007199254740994");
    }

    [Fact]
    public async Task Tokens_rise_although_the_clocks_of_the_servers_differ()
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var locks = servers.Provider();
        await locks.WarmUpAsync();
        await servers.SendAsync(1, "SET", servers.FenceName("orders"), "9000000000000000");
        long last = 0;

        for (var i = 0; i < 20; i++)
        {
            var token = (await locks.AcquireAsync("orders", "a")).FencingToken;
            token.ShouldBeGreaterThan(last);
            last = token;
            (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Votes_that_are_no_majority_are_taken_back_before_the_answer()
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var locks = servers.Provider();
        await locks.WarmUpAsync();
        await servers.SeizeAsync(0, "orders", "other");
        await servers.SeizeAsync(1, "orders", "other", "30000");

        var reply = await locks.AcquireAsync("orders", "a");

        reply.IsGranted.ShouldBeFalse();
        reply.HolderExpiresIn!.Value.ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromSeconds(60));
        await servers.BecomesFreeAtAsync(2, "orders");
        (await servers.HolderAsync(0, "orders")).ShouldBe("other");
        (await servers.HolderAsync(1, "orders")).ShouldBe("other");
    }

    [Fact]
    public async Task A_waiter_can_be_granted_after_its_own_votes_were_taken_back()
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var locks = servers.Provider();
        await using var holder = servers.Provider();
        await locks.WarmUpAsync();
        await holder.WarmUpAsync();
        (await holder.AcquireAsync("orders", "h")).IsGranted.ShouldBeTrue();
        await servers.AllHoldAsync("orders", "h");
        await servers.SendAsync(2, "DEL", servers.LockName("orders"));

        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeFalse();
        (await holder.ReleaseAsync("orders", "h")).ShouldBeTrue();
        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();

        await Eventually.BecomesTrueAsync(
            async () => (await Task.WhenAll(Enumerable.Range(0, 3).Select(server => servers.HolderAsync(server, "orders")))).Count(owner => owner == "a") >= 2,
            "the grant stayed");
        (await locks.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Renewed);
    }

    [Fact]
    public async Task Many_who_try_at_the_same_time_exclude_each_other_and_one_gets_it()
    {
        await using var servers = await RedisTrio.StartAsync();
        var providers = Enumerable.Range(0, 4).Select(_ => servers.Provider()).ToList();
        try
        {
            await Task.WhenAll(providers.Select(provider => provider.WarmUpAsync()));
            for (var round = 0; round < 20; round++)
            {
                var key = $"orders-{round}";
                var replies = await Task.WhenAll(providers.Select((provider, i) => provider.AcquireAsync(key, $"owner-{i}").AsTask()));

                replies.Count(reply => reply.IsGranted).ShouldBeLessThanOrEqualTo(1);
                if (replies.All(reply => !reply.IsGranted))
                {
                    (await providers[0].AcquireAsync(key, "again")).IsGranted.ShouldBeTrue("nobody's votes are left");
                }
            }
        }
        finally
        {
            foreach (var provider in providers)
            {
                await provider.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_release_reaches_a_server_that_was_down_when_it_is_back()
    {
        await using var servers = await RedisTrio.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var locks = servers.Provider();
        await locks.WarmUpAsync();
        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
        await servers.AllHoldAsync("orders", "a");
        await servers[0].KillAsync();

        (await locks.ReleaseAsync("orders", "a").Within()).ShouldBeTrue();

        // It still has the lock on its disk.
        await servers[0].RestartAsync();
        await servers.BecomesFreeAsync("orders");
    }

    [Fact]
    public async Task A_release_with_a_server_frozen_succeeds_and_reaches_it_later()
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var locks = servers.Provider();
        await locks.WarmUpAsync();
        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
        await servers.AllHoldAsync("orders", "a");
        servers.Freeze(0);

        (await locks.ReleaseAsync("orders", "a").Within()).ShouldBeTrue();

        servers.Thaw();
        await servers.BecomesFreeAsync("orders");
    }

    [Fact]
    public async Task A_release_that_a_majority_confirms_succeeds_though_one_of_them_had_nothing_of_it()
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var locks = servers.Provider();
        await locks.WarmUpAsync();
        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
        await servers.AllHoldAsync("orders", "a");
        await servers.SendAsync(1, "DEL", servers.LockName("orders"));
        await servers[0].KillAsync();

        (await locks.ReleaseAsync("orders", "a").Within()).ShouldBeTrue();
        (await locks.AcquireAsync("orders", "b").Within()).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_release_by_another_or_a_second_one_changes_nothing()
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var locks = servers.Provider();
        await locks.WarmUpAsync();
        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();

        (await locks.ReleaseAsync("orders", "b")).ShouldBeFalse();
        (await locks.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Renewed);
        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
        (await locks.ReleaseAsync("orders", "a")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_server_that_lost_its_data_is_a_minority_and_two_are_a_loss()
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var locks = servers.Provider();
        await locks.WarmUpAsync();
        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
        await servers.AllHoldAsync("orders", "a");
        await servers.SendAsync(0, "FLUSHALL");
        (await locks.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Renewed);
        await servers.SendAsync(1, "FLUSHALL");
        (await locks.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Lost);

        // It is never taken again, and what the third had is given back.
        await servers.BecomesFreeAsync("orders");
    }

    [Fact]
    public async Task A_lease_is_cut_to_what_is_left_of_it_after_the_slowest_vote_and_the_drift()
    {
        await using var servers = await RedisTrio.StartAsync();
        var options = new RedisLockOptions { KeyPrefix = servers.KeyPrefix, TimeToLive = TimeSpan.FromSeconds(100), AutoRenew = false };
        await using var locks = new DistributedLock(servers.Provider(), options);

        await using var handle = await locks.AcquireAsync("orders", cancellationToken: TestContext.Current.CancellationToken);

        // One hundredth and two milliseconds, as Redlock says, and the time that it took.
        handle.RemainingTime.ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(99) - TimeSpan.FromMilliseconds(2));
    }

    [Fact]
    public async Task A_majority_that_comes_after_the_lease_is_no_grant()
    {
        await using var servers = await RedisTrio.StartAsync();
        var provider = servers.Provider();
        var options = new RedisLockOptions { KeyPrefix = servers.KeyPrefix };
        await using var locks = new DistributedLock(provider, options);
        await provider.WarmUpAsync();
        servers.Freeze(0, 1);

        var trying = locks.TryAcquireAsync("orders", new AcquireOptions { TimeToLive = TimeSpan.FromSeconds(1) }, TestContext.Current.CancellationToken).AsTask();
        await Eventually.BecomesTrueAsync(async () => await servers.HolderAsync(2, "orders") is not null, "the healthy server voted");
        await Eventually.BecomesTrueAsync(async () => await servers.HolderAsync(2, "orders") is null, "its lease had ended");
        servers.Thaw();

        await Should.ThrowAsync<DistributedLockUnavailableException>(() => trying);
        await servers.BecomesFreeAsync("orders");
    }

    [Fact]
    public async Task A_release_wakes_a_waiter_of_another_connection_also_with_a_server_away()
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var holder = servers.Provider();
        await using var waiter = servers.Provider();
        await holder.WarmUpAsync();
        await waiter.WarmUpAsync();
        servers.Freeze(1);
        (await holder.AcquireAsync("orders", "a").Within()).IsGranted.ShouldBeTrue();

        await using var watch = await waiter.WatchAsync(ProviderUnderTest.Request("orders", "b"), TestContext.Current.CancellationToken).Within();
        var woken = watch!.WaitAsync(TestContext.Current.CancellationToken);
        (await holder.ReleaseAsync("orders", "a").Within()).ShouldBeTrue();

        (await woken.Within()).Grant.ShouldBeNull();
        (await waiter.AcquireAsync("orders", "b").Within()).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task Servers_that_refuse_for_good_are_a_lasting_fault_and_the_password_is_not_quoted()
    {
        await using var servers = await RedisTrio.StartAsync();
        using var log = new RecordingLogger();
        foreach (var server in (int[])[0, 1, 2])
        {
            await servers.SendAsync(server, "CONFIG", "SET", "requirepass", "correct-horse");
        }

        await using var locks = servers.Provider(
            options => options.Servers = [.. options.Servers.Select(server => server + ",connectTimeout=1000,password=battery-staple")], log);

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("orders", "a"));

        error.IsTransient.ShouldBeFalse();
        error.ToString().ShouldNotContain("battery");
        log.Entries.ShouldAllBe(entry => !entry.Text.Contains("battery", StringComparison.Ordinal));
    }
}
