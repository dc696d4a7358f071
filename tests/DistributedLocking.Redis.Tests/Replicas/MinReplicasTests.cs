using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Replicas;

/// <summary>A real primary with a real replica.</summary>
public sealed class MinReplicasTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task With_the_replica_there_locks_are_granted_renewed_and_released()
    {
        await using var primary = await RedisReplication.StartPrimaryAsync();
        await using var replica = await RedisReplication.StartReplicaAsync(primary);
        await using var locks = ProviderUnderTest.On(primary, Need(1, Eventually.Bound));

        var first = await locks.AcquireAsync("orders", "a");
        first.IsGranted.ShouldBeTrue();
        (await HolderAsync(replica, locks, "orders")).ShouldBe("a", "the replica has it when the acquire returns");
        (await locks.AcquireAsync("orders", "b")).IsGranted.ShouldBeFalse();
        (await locks.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Renewed);
        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
        (await locks.AcquireAsync("orders", "b")).FencingToken.ShouldBeGreaterThan(first.FencingToken);
    }

    [Fact]
    public async Task Many_callers_share_the_waits()
    {
        await using var primary = await RedisReplication.StartPrimaryAsync();
        await using var replica = await RedisReplication.StartReplicaAsync(primary);
        await using var locks = ProviderUnderTest.On(primary, Need(1, Eventually.Bound));

        var replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => locks.AcquireAsync($"orders-{i % 50}", $"owner-{i}").AsTask()));

        replies.Count(reply => reply.IsGranted).ShouldBe(50);
        await using var wire = await primary.ConnectAsync();
        CommandStatistics.Read(await wire.SendAsync("INFO", "commandstats"), "wait").ShouldBeInRange(1, 49);
    }

    [Fact]
    public async Task With_the_replica_stopped_a_grant_is_refused_and_undone()
    {
        await using var primary = await RedisReplication.StartPrimaryAsync();
        await using var replica = await RedisReplication.StartReplicaAsync(primary);
        await using var locks = ProviderUnderTest.On(primary, Need(1, Short));
        replica.Freeze();

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("orders", "a").Within());

        error.IsTransient.ShouldBeTrue();
        error.Message.ShouldBe("0 replicas confirmed the lock within 00:00:00.2000000 (ReplicaTimeout); 1 are needed (MinReplicas).");
        (await HolderAsync(primary, locks, "orders")).ShouldBeNull();
    }

    [Fact]
    public async Task More_replicas_than_there_are_is_refused_and_undone()
    {
        await using var primary = await RedisReplication.StartPrimaryAsync();
        await using var replica = await RedisReplication.StartReplicaAsync(primary);
        await using var locks = ProviderUnderTest.On(primary, Need(2, Short));

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("orders", "a").Within());

        error.Message.ShouldEndWith("2 are needed (MinReplicas).");
        (await HolderAsync(primary, locks, "orders")).ShouldBeNull();
    }

    [Fact]
    public async Task A_renewal_that_no_replica_has_is_unknown_and_not_lost()
    {
        await using var primary = await RedisReplication.StartPrimaryAsync();
        await using var replica = await RedisReplication.StartReplicaAsync(primary);
        await using var locks = ProviderUnderTest.On(primary, Need(1, TimeSpan.FromSeconds(5)));
        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
        (await Task.Run(() => locks.RenewAsync("other", "a").AsTask())).Outcome.ShouldBe(RenewalOutcome.Lost);
        replica.Freeze();

        var reply = await Task.Run(() => locks.RenewAsync("orders", "a").AsTask());

        reply.Outcome.ShouldBe(RenewalOutcome.Unknown);
        reply.Error!.Message.ShouldContain("ReplicaTimeout");
        replica.Thaw();
        await Eventually.BecomesTrueAsync(
            async () => (await Task.Run(() => locks.RenewAsync("orders", "a").AsTask())).Outcome == RenewalOutcome.Renewed, "the replica confirmed again");
    }

    [Fact]
    public async Task While_grants_wait_for_replicas_releases_do_not()
    {
        await using var primary = await RedisReplication.StartPrimaryAsync();
        await using var replica = await RedisReplication.StartReplicaAsync(primary);
        await using var locks = ProviderUnderTest.On(primary, Need(1, TimeSpan.FromMinutes(10)));
        (await locks.AcquireAsync("held", "a").Within()).IsGranted.ShouldBeTrue();
        replica.Freeze();

        var waiting = locks.AcquireAsync("orders", "a").AsTask();
        await Eventually.BecomesTrueAsync(async () => await HolderAsync(primary, locks, "orders") == "a", "the grant was on its way to the replicas");
        (await locks.ReleaseAsync("held", "a").Within()).ShouldBeTrue();

        waiting.IsCompleted.ShouldBeFalse();
        replica.Thaw();
        (await waiting.WaitAsync(Eventually.Bound, TimeProvider.System, TestContext.Current.CancellationToken)).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_connection_that_is_cut_in_between_is_no_grant_and_the_grant_is_undone()
    {
        await using var primary = await RedisReplication.StartPrimaryAsync();
        await using var replica = await RedisReplication.StartReplicaAsync(primary);
        var locks = new DistributedLock(
            new RedisLockProvider(Options(primary, Need(1, TimeSpan.FromMinutes(10)))), new RedisLockOptions { KeyPrefix = "cut:" });
        await using var owned = locks;
        await using var wire = await primary.ConnectAsync();
        await (await locks.AcquireAsync("warm-up", cancellationToken: TestContext.Current.CancellationToken)).ReleaseAsync(TestContext.Current.CancellationToken);
        replica.Freeze();

        var trying = locks.TryAcquireAsync("orders", cancellationToken: TestContext.Current.CancellationToken).AsTask();
        await Eventually.BecomesTrueAsync(async () => (await wire.SendAsync("KEYS", "cut:*:orders"))!.Length > 0, "it was granted");
        await Eventually.BecomesTrueAsync(async () => Blocked(await wire.SendAsync("CLIENT", "LIST")) is { Length: > 0 }, "it waited for the replica");
        await wire.SendAsync("CLIENT", "KILL", "ID", Blocked(await wire.SendAsync("CLIENT", "LIST"))!);

        await Should.ThrowAsync<DistributedLockUnavailableException>(() => trying.WaitAsync(Eventually.Bound, TimeProvider.System));
        await Eventually.BecomesTrueAsync(async () => (await wire.SendAsync("KEYS", "cut:*:orders"))!.Length == 0, "it was undone");
    }

    [Fact]
    public async Task A_call_that_is_given_up_while_another_waits_for_replicas_is_never_sent()
    {
        await using var primary = await RedisReplication.StartPrimaryAsync();
        await using var replica = await RedisReplication.StartReplicaAsync(primary);
        await using var locks = ProviderUnderTest.On(primary, Need(1, TimeSpan.FromMinutes(10)));
        (await locks.AcquireAsync("warm-up", "a").Within()).IsGranted.ShouldBeTrue();
        replica.Freeze();
        var first = locks.AcquireAsync("first", "a").AsTask();
        using var cancellation = new CancellationTokenSource();
        var givenUp = locks.Provider.TryAcquireAsync(ProviderUnderTest.Request("given up", "a"), cancellation.Token);

        await cancellation.CancelAsync();
        var error = await Record.ExceptionAsync(async () => await givenUp);
        replica.Thaw();

        error.ShouldBeOfType<OperationCanceledException>().InnerException.ShouldBeOfType<DistributedLockUnavailableException>().IsUnsent.ShouldBeTrue();
        (await first.WaitAsync(Eventually.Bound, TimeProvider.System, TestContext.Current.CancellationToken)).IsGranted.ShouldBeTrue();
        (await locks.AcquireAsync("next", "a").Within()).IsGranted.ShouldBeTrue();
        (await HolderAsync(primary, locks, "given up")).ShouldBeNull();
    }

    [Fact]
    public async Task A_cluster_is_refused_with_a_clear_error()
    {
        await using var server = await ClusterServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server, Need(1, Short));

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("orders", "a").Within());

        error.IsTransient.ShouldBeFalse();
        error.Message.ShouldContain("Cluster");
        (await HolderAsync(server, locks, "orders")).ShouldBeNull();
    }

    /// <summary>A server that does not wait for more replicas before it serves the first.</summary>
    private static Action<RedisLockOptions> Need(int replicas, TimeSpan timeout) => options =>
    {
        options.MinReplicas = replicas;
        options.ReplicaTimeout = timeout;
    };

    private static RedisLockOptions Options(RedisServer server, Action<RedisLockOptions> configure)
    {
        var options = new RedisLockOptions { Configuration = server.Address, KeyPrefix = "cut:" };
        configure(options);
        return options;
    }

    private static async Task<string?> HolderAsync(RedisServer server, ProviderUnderTest locks, string key)
    {
        await using var wire = await server.ConnectAsync();
        return await wire.SendAsync("GET", locks.LockName(key));
    }

    /// <summary>The id of the connection that waits in WAIT.</summary>
    private static string? Blocked(string? clients) => clients!.Split('\n')
        .Where(line => line.Contains(" cmd=wait ", StringComparison.Ordinal) && line.Contains(" flags=b ", StringComparison.Ordinal))
        .Select(line => line.Split(' ')[0]["id=".Length..]).FirstOrDefault();
}
