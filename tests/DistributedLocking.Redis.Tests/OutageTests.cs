using System.Diagnostics;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests;

/// <summary>Servers that do not answer.</summary>
public sealed class OutageTests
{
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(1);

    /// <summary>A timer counts in whole ticks of the system, and may fire so much early.</summary>
    private static readonly TimeSpan TimerResolution = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_frozen_server_fails_every_command_within_the_command_timeout()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server, options => options.CommandTimeout = CommandTimeout);

        // To connect may take a busy machine longer than that.
        await Eventually.BecomesTrueAsync(async () => (await Try(() => locks.AcquireAsync("orders", "a"))).IsGranted, "it was connected");
        server.Freeze();
        try
        {
            (await TimedAsync(async () => await locks.AcquireAsync("other", "a"))).InnerException.ShouldBeOfType<TimeoutException>();
            await TimedAsync(async () => await locks.ReleaseAsync("orders", "a"));
            await TimedAsync(async () =>
            {
                var batch = Enumerable.Range(0, 100).Select(i => new RenewalRequest(new LeaseReference($"key-{i}", "a"), ProviderUnderTest.Minute)).ToList();
                var replies = await locks.Provider.RenewAsync(batch, TestContext.Current.CancellationToken);
                replies.Count.ShouldBe(100);
                replies.ShouldAllBe(reply => reply.Outcome == RenewalOutcome.Unknown);
                throw replies[99].Error!;
            });
            await TimedAsync(async () => await locks.AskAsync("other", "a"));
        }
        finally
        {
            server.Thaw();
        }

        await Eventually.BecomesTrueAsync(async () => (await Try(() => locks.AcquireAsync("later", "a"))).IsGranted, "it works again");
    }

    [Fact]
    public async Task A_frozen_server_does_not_hold_up_a_caller_that_gives_up()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server, options => options.CommandTimeout = TimeSpan.FromMinutes(5));
        await locks.AcquireAsync("orders", "a");
        server.Freeze();
        try
        {
            using var cancellation = new CancellationTokenSource();
            var acquire = locks.Provider.TryAcquireAsync(ProviderUnderTest.Request("other", "a"), cancellation.Token);
            var release = locks.Provider.ReleaseAsync(new LeaseReference("orders", "a"), cancellation.Token);
            var ask = locks.Provider.TryAcquireAsync(
                ProviderUnderTest.Request("orders", "b") with { StoreWait = ProviderUnderTest.Minute }, cancellation.Token);
            var renew = Task.Run(
                async () => await locks.Provider.RenewAsync([new RenewalRequest(new LeaseReference("orders", "a"), ProviderUnderTest.Minute)], cancellation.Token),
                TestContext.Current.CancellationToken);
            acquire.IsCompleted.ShouldBeFalse();

            await cancellation.CancelAsync();

            (await Should.ThrowAsync<OperationCanceledException>(async () => await acquire.Within())).CancellationToken.ShouldBe(cancellation.Token);
            await Should.ThrowAsync<OperationCanceledException>(async () => await release.Within());
            await Should.ThrowAsync<OperationCanceledException>(async () => await ask.Within());
            await Should.ThrowAsync<OperationCanceledException>(async () => await new ValueTask<IReadOnlyList<RenewalReply>>(renew).Within());
        }
        finally
        {
            server.Thaw();
        }
    }

    [Fact]
    public async Task A_frozen_server_does_not_hold_up_the_disposal()
    {
        await using var server = await RedisServer.StartAsync();
        var locks = ProviderUnderTest.On(server, options => options.CommandTimeout = TimeSpan.FromMinutes(5));
        await locks.AcquireAsync("orders", "a");
        server.Freeze();
        try
        {
            var started = Stopwatch.GetTimestamp();
            await locks.DisposeAsync();
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(30));
        }
        finally
        {
            server.Thaw();
        }
    }

    [Fact]
    public async Task A_server_that_was_killed_and_started_again_has_lost_the_lock_and_a_renewal_does_not_bring_it_back()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server, options => options.CommandTimeout = CommandTimeout);
        long token = 0;
        await Eventually.BecomesTrueAsync(
            async () => (token = (await Try(() => locks.AcquireAsync("orders", "a"))).FencingToken) > 0, "it was connected");

        await server.KillAsync();

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("other", "a"));
        error.IsTransient.ShouldBeTrue();
        var renewal = await locks.RenewAsync("orders", "a");
        renewal.Outcome.ShouldBe(RenewalOutcome.Unknown);
        renewal.Error.ShouldBeOfType<DistributedLockUnavailableException>().IsTransient.ShouldBeTrue();

        await server.RestartAsync();

        await Eventually.BecomesTrueAsync(async () => (await locks.RenewAsync("orders", "a")).Outcome == RenewalOutcome.Lost, "the loss was seen");
        await using var wire = await server.ConnectAsync();
        (await wire.SendAsync("EXISTS", locks.LockName("orders"))).ShouldBe("0");

        // It has forgotten locks, so it grants none for a time to live.
        var lease = TimeSpan.FromMilliseconds(200);
        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("orders", "b", lease));
        long later = 0;
        await Eventually.BecomesTrueAsync(
            async () => (later = (await Try(() => locks.AcquireAsync("orders", "b", lease))).FencingToken) > 0, "it granted locks again");
        later.ShouldBeGreaterThan(token);
    }

    private static async Task<DistributedLockUnavailableException> TimedAsync(Func<Task> action)
    {
        var started = Stopwatch.GetTimestamp();
        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(action);
        var elapsed = Stopwatch.GetElapsedTime(started);
        elapsed.ShouldBeGreaterThanOrEqualTo(CommandTimeout - TimerResolution);
        elapsed.ShouldBeLessThan(CommandTimeout * 20);
        error.IsTransient.ShouldBeTrue();
        return error;
    }

    private static async Task<AcquireReply> Try(Func<ValueTask<AcquireReply>> action)
    {
        try
        {
            return await action();
        }
        catch (DistributedLockUnavailableException)
        {
            return default;
        }
    }
}
