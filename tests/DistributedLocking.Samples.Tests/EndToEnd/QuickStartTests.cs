using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Samples.Tests.EndToEnd;

public sealed class QuickStartTests
{
    [Fact]
    public Task Shows_who_gets_the_lock() => ShouldShowWhoGetsTheLockAsync();

    [Fact]
    public async Task Shows_the_same_on_etcd()
    {
        await using var etcd = await EtcdServer.StartAsync();
        await ShouldShowWhoGetsTheLockAsync("--etcd", etcd.Endpoint);
    }

    private static async Task ShouldShowWhoGetsTheLockAsync(params string[] options)
    {
        using var sample = SampleProcess.Start("QuickStart", ["--work", "0", .. options]);

        var (exitCode, output, errors) = await sample.WaitForEndAsync();

        errors.ShouldBeEmpty();
        exitCode.ShouldBe(0);
        string[] expected = ["first:  acquired", "second: refused", "first:  working", "third:  refused", "first:  released", "fourth: acquired", "fourth: released"];
        var lines = output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(expected.Length);
        foreach (var (line, start) in lines.Zip(expected))
        {
            line.ShouldStartWith(start);
        }
    }
}
