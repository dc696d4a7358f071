using System.Data.Common;
using ConcurrentMutation.Figures;
using ConcurrentMutation.Options;
using ConcurrentMutation.Reporting;
using ConcurrentMutation.Stages;
using ConcurrentMutation.Stores;
using ConcurrentMutation.Workers;
using Mutex = ConcurrentMutation.Mutexes.Mutex;

namespace ConcurrentMutation.Run;

/// <summary>One run of the demo.</summary>
internal sealed class Demo(DemoOptions options, Report report, CancellationToken cancellationToken)
{
    private readonly List<StageResult> results = [];

    /// <summary>Runs the demo and prints what it shows.</summary>
    /// <returns>The process's exit code.</returns>
    /// <exception cref="DemoException">It can't be run, or a worker process failed.</exception>
    internal static async Task<int> RunAsync(DemoOptions options)
    {
        using var interruption = new Interruption();
        using var folder = DataFolder.Open(options.Data);
        options = options with { Data = folder.Path };
        var report = new Report(Terminal.Create());
        report.Configuration(options);

        var demo = new Demo(options, report, interruption.Token);
        try
        {
            await demo.RunAsync();
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            // What was measured so far is still worth showing.
        }
        finally
        {
            report.Comparison(demo.results);
        }

        if (interruption.Token.IsCancellationRequested)
        {
            report.Interrupted();
            return interruption.ExitCode;
        }

        report.Verdict(demo.results);
        return Verdict.IsGood(demo.results) ? ExitCode.Success : ExitCode.Failure;
    }

    private async Task RunAsync()
    {
        await CreateEmployeeAsync();
        if (options.NeedsMutex)
        {
            await using var services = Mutex.CreateServices(options);
            await Mutex.ProbeAsync(options, services, cancellationToken);
        }

        await using var workers = await WorkerPool.StartAsync(options, cancellationToken);
        foreach (var stage in options.Stages)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await RunAsync(stage, workers);
        }
    }

    private async Task RunAsync(Stage stage, WorkerPool workers)
    {
        try
        {
            var running = workers.RunAsync(stage, cancellationToken);
            await report.ProgressAsync(options, stage, () => workers.Figures, running);
        }
        finally
        {
            // Also when it was interrupted or a worker died: what was measured is shown.
            if (workers.Figures is { Count: > 0 } figures)
            {
                var result = new StageResult(stage, figures);
                results.Add(result);
                report.Stage(result);
            }
        }
    }

    private async Task CreateEmployeeAsync()
    {
        try
        {
            await using var store = await EmployeeStores.OpenAsync(options, cancellationToken);
            await store.CreateAsync(Employee.Initial, cancellationToken);
        }
        catch (Exception exception) when (exception is DbException or TimeoutException)
        {
            throw new DemoException($"the database {EmployeeStores.Describe(options)} can't be used: {Explain(exception)}", innerException: exception);
        }
    }

    /// <summary>A driver's message, and that of the cause within, which is often the one that tells.</summary>
    private static string Explain(Exception exception)
    {
        var cause = exception.GetBaseException().Message;
        return exception.Message.Contains(cause, StringComparison.Ordinal) ? exception.Message : $"{exception.Message} ({cause})";
    }
}
