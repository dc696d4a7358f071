using ConcurrentMutation.Mutations;
using ConcurrentMutation.Options;
using ConcurrentMutation.Stages;
using ConcurrentMutation.Stores;
using DistributedLocking;
using Microsoft.Extensions.DependencyInjection;
using Mutex = ConcurrentMutation.Mutexes.Mutex;

namespace ConcurrentMutation.Workers;

/// <summary>The state of a worker process: its connections, its lock, and the stage that runs.</summary>
internal sealed class WorkerSession(MessageWriter output, CancellationToken parentGone) : IAsyncDisposable
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100);

    private readonly List<IEmployeeStore> stores = [];
    private DemoOptions? options;
    private ServiceProvider? services;
    private StageRun? run;
    private Task running = Task.CompletedTask;

    internal async Task ConfigureAsync(DemoOptions demoOptions)
    {
        options = demoOptions;
        services = Mutex.CreateServices(options);

        // SQLite's driver blocks its thread: every worker gets one, and the lock's renewals still find one.
        ThreadPool.GetMinThreads(out var threads, out var completionThreads);
        ThreadPool.SetMinThreads(threads + options.Workers, completionThreads);

        for (var worker = 0; worker < options.Workers; worker++)
        {
            var store = await EmployeeStores.OpenAsync(options, parentGone);
            stores.Add(store);

            // Code that runs for the first time is slow, which the first stage must not show. No row has version 0, so
            // nothing is written.
            var employee = await store.ReadAsync(Employee.Initial.EmailAddress, parentGone);
            await store.UpdateAsync(employee, expectedVersion: 0, parentGone);
        }

        if (options.NeedsMutex)
        {
            await Mutex.ProbeAsync(options, services, parentGone);
        }

        await output.WriteAsync(new Ready());
    }

    internal async Task PrepareAsync(Stage stage)
    {
        var factory = new MutationFactory(options!, new Lazy<IDistributedLock>(services!.GetRequiredService<IDistributedLock>));
        run?.Dispose();
        run = new StageRun(options!, stage, [.. stores.Select((store, index) => factory.Create(stage.Protection, store, $"Lovelace {Environment.ProcessId}.{index}"))]);
        await output.WriteAsync(new Ready());
    }

    internal Task StartAsync(long timestamp)
    {
        running = RunAsync(run!, timestamp);
        return Task.CompletedTask;
    }

    internal Task StopAsync()
    {
        run?.Stop();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        run?.Stop();
        await running;
        run?.Dispose();
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }

        if (services is not null)
        {
            await services.DisposeAsync();
        }
    }

    private async Task RunAsync(StageRun stage, long timestamp)
    {
        try
        {
            using var stopWithParent = parentGone.Register(stage.Stop);
            var mutating = stage.RunAsync(timestamp);
            while (await Task.WhenAny(mutating, Task.Delay(ReportInterval, TimeProvider.System, CancellationToken.None)) != mutating)
            {
                await output.WriteAsync(new Progress(stage.ReadFigures()));
            }

            await mutating;
            await output.WriteAsync(new Finished(stage.ReadFigures()));
        }
        catch (Exception exception)
        {
            await output.WriteAsync(new Failed($"{exception.GetType().Name}: {exception.Message}"));
        }
    }
}
