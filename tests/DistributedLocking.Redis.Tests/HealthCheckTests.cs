using System.Text.Json;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DistributedLocking.Redis.Tests;

/// <summary>The health check with a real server that is stopped.</summary>
public sealed class HealthCheckTests
{
    private const string Password = "health-s3cret";

    [Fact]
    public async Task A_server_that_is_frozen_and_then_gone_is_unhealthy_and_its_password_is_not_told()
    {
        await using var server = await RedisServer.StartAsync("--requirepass", Password);
        await using var services = new ServiceCollection().AddLogging()
            .AddRedisLock($"{server.Address},password={Password}")
            .AddHealthChecks().AddDistributedLock(configure: options => options.DegradedAfter = TimeSpan.FromMinutes(1)).Services
            .BuildServiceProvider();

        var healthy = await CheckAsync(services);
        healthy.Status.ShouldBe(HealthStatus.Healthy, Text(healthy));
        healthy.Entries.ShouldHaveSingleItem().Value.Data["provider"].ShouldBe("redis");

        server.Freeze();
        var silent = await CheckAsync(services);
        server.Thaw();
        silent.Status.ShouldBe(HealthStatus.Unhealthy, Text(silent));

        await server.KillAsync();
        var away = await CheckAsync(services);
        away.Status.ShouldBe(HealthStatus.Unhealthy, Text(away));
        (Text(silent) + Text(away)).ShouldNotContain(Password);
    }

    private static Task<HealthReport> CheckAsync(ServiceProvider services) =>
        services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

    private static string Text(HealthReport report) => string.Join('\n', report.Entries.Values.Select(entry =>
        $"{entry.Status} {entry.Description} {entry.Exception} {JsonSerializer.Serialize(entry.Data)}"));
}
