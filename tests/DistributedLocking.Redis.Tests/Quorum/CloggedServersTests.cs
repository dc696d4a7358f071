using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;

namespace DistributedLocking.Redis.Tests.Quorum;

/// <summary>
/// Every subset of three servers frozen (SIGSTOP): their connections stay open and nothing is answered.
/// </summary>
public sealed class CloggedServersTests
{
    private static TimeSpan Hour => TimeSpan.FromHours(1);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("2")]
    public async Task A_minority_costs_nothing(string frozen)
    {
        await using var servers = await RedisTrio.StartAsync();

        // No time-out of ours would end within the test.
        await using var locks = servers.Provider(options => options.ServerTimeout = Hour);
        await locks.WarmUpAsync();
        servers.Freeze(frozen.Select(digit => digit - '0'));

        (await locks.AcquireAsync("orders", "a").Within()).IsGranted.ShouldBeTrue();
        (await locks.AcquireAsync("orders", "b").Within()).IsGranted.ShouldBeFalse();
        (await Task.Run(() => locks.RenewAsync("orders", "a")).WaitAsync(Eventually.Bound, TimeProvider.System, TestContext.Current.CancellationToken)).Outcome.ShouldBe(RenewalOutcome.Renewed);
        (await locks.ReleaseAsync("orders", "a").Within()).ShouldBeTrue();
        (await locks.AcquireAsync("orders", "b").Within()).IsGranted.ShouldBeTrue();
        (await locks.ReleaseAsync("orders", "b").Within()).ShouldBeTrue();

        servers.Thaw();
        await servers.BecomesFreeAsync("orders");
    }

    [Theory]
    [InlineData("01")]
    [InlineData("02")]
    [InlineData("12")]
    [InlineData("012")]
    public async Task A_majority_is_a_failure_and_never_contention(string frozen)
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var locks = servers.Provider(options => options.ServerTimeout = TimeSpan.FromSeconds(1));
        await using var holder = servers.Provider();
        await locks.WarmUpAsync();
        (await holder.AcquireAsync("held", "h")).IsGranted.ShouldBeTrue();
        servers.Freeze(frozen.Select(digit => digit - '0'));

        foreach (var key in (string[])["orders", "held"])
        {
            var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync(key, "a").Within());
            error.IsTransient.ShouldBeTrue();
            error.InnerException.ShouldBeOfType<AggregateException>();
        }

        (await Task.Run(() => locks.RenewAsync("orders", "a")).WaitAsync(Eventually.Bound, TimeProvider.System, TestContext.Current.CancellationToken)).Outcome.ShouldBe(RenewalOutcome.Unknown);
        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.ReleaseAsync("held", "h").Within());

        // What reaches the servers late is undone, although they execute it now.
        servers.Thaw();
        await servers.BecomesFreeAsync("orders");
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                try
                {
                    return (await locks.AcquireAsync("orders", "b")).IsGranted;
                }
                catch (DistributedLockUnavailableException)
                {
                    return false;
                }
            },
            "the servers answered again");
    }

    [Fact]
    public async Task A_frozen_server_costs_no_more_than_the_bound_of_a_try_when_the_others_disagree()
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var locks = servers.Provider(options =>
        {
            options.ServerTimeout = TimeSpan.FromMilliseconds(200);
            options.CommandTimeout = Hour;
        });
        await using var warm = servers.Provider();
        await warm.WarmUpAsync();
        await locks.WarmUpAsync();
        await servers.SeizeAsync(0, "orders", "other");
        servers.Freeze(2);

        // The rounds of a split vote take a bound each at most; none waits for the command time-out.
        var reply = await locks.AcquireAsync("orders", "a").Within();

        reply.IsGranted.ShouldBeFalse();
        servers.Thaw();
        await Eventually.BecomesTrueAsync(async () => await servers.HolderAsync(1, "orders") is null && await servers.HolderAsync(2, "orders") is null, "the votes were taken back");
        (await servers.HolderAsync(0, "orders")).ShouldBe("other");
    }

    [Fact]
    public async Task A_late_success_is_undone_after_a_try_that_came_to_nothing()
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var locks = servers.Provider();
        await locks.WarmUpAsync();
        await servers.SeizeAsync(0, "orders", "other");
        await servers.SeizeAsync(1, "orders", "other");
        servers.Freeze(2);

        (await locks.AcquireAsync("orders", "a").Within()).IsGranted.ShouldBeFalse();
        var before = await CommandsAsync(servers, 0);
        servers.Thaw();

        await Eventually.BecomesTrueAsync(async () => await CountAsync(servers, 2, "set") > 0 && await servers.HolderAsync(2, "orders") is null, "the late vote came and was taken back");
        before.ShouldBePositive();
    }

    [Fact]
    public async Task A_cancelled_try_leaves_nothing_behind()
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var locks = servers.Provider(options => options.ServerTimeout = Hour);
        await locks.WarmUpAsync();
        servers.Freeze(0, 1);
        using var cancel = new CancellationTokenSource();

        var acquiring = locks.TryAcquireAsync(ProviderUnderTest.Request("orders", "a"), cancel.Token).AsTask();
        await Eventually.BecomesTrueAsync(async () => await servers.HolderAsync(2, "orders") == "a", "the healthy server voted");
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => acquiring);
        servers.Thaw();
        await servers.BecomesFreeAsync("orders");
    }

    private static async Task<long> CommandsAsync(RedisTrio servers, int server) => await CountAsync(servers, server, "evalsha") + await CountAsync(servers, server, "eval");

    private static async Task<long> CountAsync(RedisTrio servers, int server, string command) =>
        CommandStatistics.Read(await servers.SendAsync(server, "INFO", "commandstats"), command);
}
