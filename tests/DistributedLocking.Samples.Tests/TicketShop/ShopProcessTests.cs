using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using DistributedLocking.Samples.Tests.EndToEnd;
using DistributedLocking.TestKit;

namespace DistributedLocking.Samples.Tests.TicketShop;

/// <summary>How the sample begins and ends.</summary>
public sealed class ShopProcessTests
{
    [Theory]
    [InlineData("--lock", "hope")]
    [InlineData("--port", "65534")]
    [InlineData("--port", "many")]
    [InlineData("--time-to-live", "0")]
    [InlineData("--mysql", "nonsense;secret", "--database", "mysql")]
    [InlineData("--nonsense", "1")]
    public async Task A_wrong_option_is_said_in_one_line(params string[] options)
    {
        using var shop = SampleProcess.Start(RunningShop.Sample, options);

        await ShouldRefuseAsync(shop, "error: ");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_port_that_is_taken_is_said_in_one_line(int offset)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        using var shop = SampleProcess.Start(RunningShop.Sample, "--port", (port - offset).ToString(CultureInfo.InvariantCulture));

        await ShouldRefuseAsync(shop, $"error: port {port} can't be used");
    }

    [Fact]
    public async Task A_server_that_is_away_is_said_in_one_line_without_its_password()
    {
        using var absent = new AbsentServer();
        using var shop = SampleProcess.Start(RunningShop.Sample, "--lock", "redis", "--redis", $"localhost:{absent.Port},password=secret");

        var (exitCode, output, errors) = await shop.WaitForEndAsync();

        exitCode.ShouldBe(1);
        errors.ShouldStartWith("error: the lock can't be used: ");
        errors.TrimEnd().ShouldNotContain('\n');
        (output + errors).ShouldNotContain("secret");
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM)]
    public async Task A_signal_ends_the_demo_and_both_instances(PosixSignal signal)
    {
        using var shop = await RunningShop.StartAsync();
        var instances = await FindInstancesAsync(shop);

        shop.Process.Signal(signal);
        var (exitCode, _, errors) = await shop.Process.WaitForEndAsync();

        errors.ShouldBeEmpty();
        exitCode.ShouldBe(0);
        await ShouldEndAsync(instances);
    }

    [Fact]
    public async Task A_signal_ends_an_instance_that_is_frozen_too()
    {
        using var shop = await RunningShop.StartAsync();
        var instances = await FindInstancesAsync(shop);
        var sale = shop.PostAsync("api/sales", """{"buyers":2,"protection":"lock","freeze":true}""");
        await Eventually.BecomesTrueAsync(() => ProcessTable.IsStopped(instances[1].Id), "instance B was stopped");

        shop.Process.Signal(PosixSignal.SIGINT);

        await shop.Process.WaitForEndAsync();
        await ShouldEndAsync(instances);
        await sale.ContinueWith(static _ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    [Fact]
    public async Task Instances_do_not_outlive_a_killed_demo()
    {
        using var shop = await RunningShop.StartAsync();
        var instances = await FindInstancesAsync(shop);

        shop.Process.Kill();

        await ShouldEndAsync(instances);
    }

    [Fact]
    public async Task A_dead_instance_ends_the_demo()
    {
        using var shop = await RunningShop.StartAsync();
        var instances = await FindInstancesAsync(shop);

        instances[1].Kill();
        var (exitCode, _, errors) = await shop.Process.WaitForEndAsync();

        exitCode.ShouldBe(1);
        errors.Trim().ShouldBe("error: instance B ended unexpectedly");
        await ShouldEndAsync(instances);
    }

    private static async Task<List<Process>> FindInstancesAsync(RunningShop shop) => [.. (await shop.GetInstancesAsync()).Select(Process.GetProcessById)];

    private static async Task ShouldEndAsync(List<Process> instances)
    {
        foreach (var instance in instances)
        {
            await instance.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(45), TimeProvider.System, TestContext.Current.CancellationToken);
            instance.Dispose();
        }
    }

    private static async Task ShouldRefuseAsync(SampleProcess shop, string start)
    {
        var (exitCode, output, errors) = await shop.WaitForEndAsync();

        exitCode.ShouldBe(2, errors);
        errors.ShouldStartWith(start);
        errors.TrimEnd().ShouldNotContain('\n');
        (output + errors).ShouldNotContain("secret");
        output.Trim().ShouldBeEmpty();
    }
}
