using DistributedLocking.Hosting;
using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DistributedLocking.Tests.Hosting;

/// <summary>What the health check says of a store that answers, is slow, is away or is silent.</summary>
public sealed class HealthCheckTests : EngineTest
{
    private const string CheckKey = "health-check";

    [Fact]
    public async Task A_store_that_answers_is_healthy_and_nothing_stays_locked()
    {
        var (status, entry) = await CheckAsync();

        status.ShouldBe(HealthStatus.Healthy);
        entry.Data["provider"].ShouldBe("scripted");
        entry.Data["milliseconds"].ShouldBe(0d);
        Provider.Acquires.ShouldHaveSingleItem().Key.ShouldBe(CheckKey);
        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_probe_that_somebody_else_makes_at_the_time_is_an_answer()
    {
        Provider.HoldElsewhere(CheckKey);

        (await CheckAsync()).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task A_slow_store_is_degraded()
    {
        Provider.OnRelease = (_, _) =>
        {
            Time.Advance(Seconds(1.5));
            return ValueTask.FromResult(true);
        };

        var (status, entry) = await CheckAsync();

        status.ShouldBe(HealthStatus.Degraded);
        entry.Data["milliseconds"].ShouldBe(1500d);
    }

    [Fact]
    public async Task A_store_that_fails_is_unhealthy_with_the_reason()
    {
        Provider.OnAcquire = (_, _) => throw new DistributedLockUnavailableException("The store is away.");

        var (status, entry) = await CheckAsync();

        status.ShouldBe(HealthStatus.Unhealthy);
        entry.Description.ShouldBe("The store is away.");
        entry.Data["provider"].ShouldBe("scripted");
    }

    [Fact]
    public async Task A_silent_store_is_unhealthy_after_the_time_out()
    {
        Provider.OnAcquire = async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return AcquireReply.NotGranted();
        };

        var check = CheckAsync(options => options.Timeout = Seconds(2));
        await Eventually(() => Task.FromResult(!Provider.Acquires.IsEmpty));
        Time.Advance(Seconds(2));
        var (status, entry) = await check;

        status.ShouldBe(HealthStatus.Unhealthy);
        entry.Description.ShouldBe("The lock's store did not answer within 00:00:02.");
    }

    [Fact]
    public async Task The_status_of_a_failure_can_be_chosen()
    {
        Provider.OnAcquire = (_, _) => throw new DistributedLockUnavailableException("The store is away.");

        (await CheckAsync(failureStatus: HealthStatus.Degraded)).Status.ShouldBe(HealthStatus.Degraded);
    }

    [Fact]
    public async Task A_keyed_lock_is_checked_by_its_service_key()
    {
        await using var services = new ServiceCollection().AddLogging()
            .AddKeyedSingleton<IDistributedLock>("orders", Locks)
            .AddHealthChecks().AddDistributedLock("orders-lock", options => options.ServiceKey = "orders", tags: ["ready"]).Services
            .BuildServiceProvider();

        var report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains("ready"), Cancel);

        report.Entries.ShouldHaveSingleItem().Key.ShouldBe("orders-lock");
        report.Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public void An_option_out_of_its_range_is_refused_by_its_name()
    {
        var builder = new ServiceCollection().AddHealthChecks();

        Should.Throw<ArgumentException>(() => builder.AddDistributedLock(configure: options => options.Timeout = TimeSpan.Zero))
            .Message.ShouldContain("DistributedLockHealthCheckOptions.Timeout must be positive");
        Should.Throw<ArgumentException>(() => builder.AddDistributedLock(configure: options => options.Key = ""));
    }

    private async Task<(HealthStatus Status, HealthReportEntry Entry)> CheckAsync(
        Action<DistributedLockHealthCheckOptions>? configure = null, HealthStatus? failureStatus = null)
    {
        await using var services = new ServiceCollection().AddLogging()
            .AddSingleton<TimeProvider>(Time)
            .AddSingleton<IDistributedLock>(Locks)
            .AddHealthChecks().AddDistributedLock(configure: configure, failureStatus: failureStatus).Services
            .BuildServiceProvider();
        var report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancel);
        return (report.Status, report.Entries["distributed_lock"]);
    }
}
