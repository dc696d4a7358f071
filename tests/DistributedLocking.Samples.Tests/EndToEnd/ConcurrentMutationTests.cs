using System.Diagnostics;
using System.Runtime.InteropServices;
using ConcurrentMutation.Run;
using ConcurrentMutation.Stages;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Samples.Tests.EndToEnd;

public sealed class ConcurrentMutationTests
{
    private const string Sample = "ConcurrentMutation";

    [Fact]
    public async Task Only_the_unprotected_stage_is_inconsistent()
    {
        // A long time between read and write makes the race certain, however busy the machine is.
        using var demo = SampleProcess.Start(Sample, "--duration", "1s", "--interval", "100ms", "--work", "50ms");

        var (exitCode, output, errors) = await demo.WaitForEndAsync();

        errors.ShouldBeEmpty();
        exitCode.ShouldBe(ExitCode.Success, output);
        output.ShouldStartWith("Configuration:");
        output.ShouldNotContain('\u001b');

        var table = DemoOutput.ReadTable(output);
        table.Keys.ShouldBe(Stage.All.Select(stage => stage.Name), ignoreOrder: true);
        table.ShouldAllBe(row => row.Value.Mutations > 0);
        table.ShouldAllBe(row => row.Value.Inconsistencies > 0 == string.Equals(row.Key, "no mutex", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Locks_on_a_Redis_server()
    {
        await using var redis = await RedisServer.GetSharedAsync();
        using var demo = SampleProcess.Start(
            Sample, "--mutex", "redis", "--redis", redis.Address, "--stages", "mutex,benchmark-mutex", "--duration", "1s", "--work", "20ms");

        var (exitCode, output, errors) = await demo.WaitForEndAsync();

        errors.ShouldBeEmpty();
        exitCode.ShouldBe(ExitCode.Success, output);
        output.ShouldContain($"redis ({redis.Address})");
        var table = DemoOutput.ReadTable(output);
        table.Keys.ShouldBe(["mutex", "benchmark mutex"]);
        table.Values.ShouldAllBe(row => row.Mutations > 0 && row.Inconsistencies == 0 && row.Errors == 0);
    }

    [Fact]
    public async Task Locks_on_an_etcd_server()
    {
        await using var etcd = await EtcdServer.StartAsync();
        using var demo = SampleProcess.Start(
            Sample, "--mutex", "etcd", "--etcd", etcd.Endpoint, "--stages", "mutex,benchmark-mutex", "--duration", "1s", "--work", "20ms", "--wait", "20s");

        var (exitCode, output, errors) = await demo.WaitForEndAsync();

        errors.ShouldBeEmpty();
        exitCode.ShouldBe(ExitCode.Success, output);
        output.ShouldContain($"etcd ({etcd.Endpoint})");
        DemoOutput.ReadTable(output).Values.ShouldAllBe(row => row.Mutations > 0 && row.Inconsistencies == 0 && row.Errors == 0);
    }

    [Theory]
    [InlineData("--duration", "soon")]
    [InlineData("--mutex", "memory")]
    [InlineData("--nonsense", "1")]
    [InlineData("--data", "/dev/null/folder")]
    public async Task Says_in_one_line_what_is_wrong(string option, string value)
    {
        using var demo = SampleProcess.Start(Sample, option, value);

        var (exitCode, output, errors) = await demo.WaitForEndAsync();

        exitCode.ShouldNotBe(ExitCode.Success);
        errors.ShouldStartWith("error: ");
        errors.TrimEnd().ShouldNotContain('\n');
        output.Trim().ShouldBeEmpty();
    }

    [Fact]
    public async Task Says_in_one_line_that_the_server_is_away()
    {
        using var reserved = new AbsentServer();
        var port = reserved.Port;
        using var demo = SampleProcess.Start(Sample, "--mutex", "redis", "--redis", $"localhost:{port},password=secret", "--duration", "1s");

        var (exitCode, output, errors) = await demo.WaitForEndAsync();

        exitCode.ShouldBe(ExitCode.Failure);
        errors.ShouldStartWith($"error: the mutex redis (localhost:{port}) can't be used: ");
        errors.ShouldContain($"connection refused by localhost:{port}");
        errors.TrimEnd().ShouldNotContain('\n');
        (output + errors).ShouldNotContain("secret");
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT, 130)]
    [InlineData(PosixSignal.SIGTERM, 143)]
    public async Task A_signal_ends_it_with_what_was_measured(PosixSignal signal, int expected)
    {
        using var demo = SampleProcess.Start(Sample, "--stages", "no-mutex,mutex", "--duration", "6s");
        await demo.WaitForLineAsync("2/2 mutex");

        demo.Signal(signal);
        var (exitCode, output, errors) = await demo.WaitForEndAsync();

        errors.ShouldBeEmpty();
        exitCode.ShouldBe(expected);
        output.ShouldContain("Interrupted");
        DemoOutput.ReadTable(output).ShouldContainKey("no mutex");
    }

    [Fact]
    public async Task Workers_do_not_outlive_a_killed_parent()
    {
        var data = Directory.CreateTempSubdirectory("demo-test-");
        using var demo = SampleProcess.Start(Sample, "--stages", "no-mutex,mutex", "--duration", "6s", "--data", data.FullName);
        var workers = FindWorkers(await demo.WaitForLineAsync("worker 1"));
        workers.Count.ShouldBe(2);

        demo.Kill();

        foreach (var worker in workers)
        {
            await worker.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
            worker.Dispose();
        }

        data.Delete(recursive: true);
    }

    [Fact]
    public async Task A_dead_worker_ends_the_run_with_what_was_measured()
    {
        using var demo = SampleProcess.Start(Sample, "--stages", "no-mutex,mutex", "--duration", "6s");
        using var worker = FindWorkers(await demo.WaitForLineAsync("worker 1"))[0];

        worker.Kill();
        var (exitCode, output, errors) = await demo.WaitForEndAsync();

        exitCode.ShouldBe(ExitCode.Failure);
        errors.ShouldStartWith($"error: worker process {worker.Id} ended unexpectedly");
        errors.TrimEnd().ShouldNotContain('\n');
        DemoOutput.ReadTable(output).ShouldContainKey("no mutex");
    }

    private static List<Process> FindWorkers(string line) => [.. DemoOutput.ReadProcessIds(line).Select(Process.GetProcessById)];
}
