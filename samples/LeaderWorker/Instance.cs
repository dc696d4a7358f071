using DistributedLocking;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LeaderWorker;

/// <summary>One of the processes: a host with the service. It stops when its input ends, or at SIGTERM.</summary>
internal static class Instance
{
    internal const string Command = "instance";

    internal static async Task RunAsync(Settings settings)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Critical);
        if (settings.Redis is { } server)
        {
            builder.Services.AddRedisLock(server);
        }
        else
        {
            builder.Services.AddFileSystemLock(options => options.Directory = settings.Folder);
        }

        builder.Services.AddSingleton(new Outbox(settings.OutboxPath));
        builder.Services.AddLeaderHostedService<OutboxPublisher>("outbox", options =>
            options.AcquireOptions = new AcquireOptions { TimeToLive = settings.TimeToLive });

        using var host = builder.Build();
        await host.StartAsync();
        Report.Write(Report.Ready, Environment.ProcessId);
        _ = Task.Run(() => StopAtTheEndOfInput(host.Services.GetRequiredService<IHostApplicationLifetime>()));
        await host.WaitForShutdownAsync();
    }

    private static void StopAtTheEndOfInput(IHostApplicationLifetime lifetime)
    {
        Console.In.ReadToEnd();
        lifetime.StopApplication();
    }
}
