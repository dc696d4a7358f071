namespace DistributedLocking.Samples.Tests.EndToEnd;

public sealed class QuickStartTests
{
    [Fact]
    public async Task ShowsWhoGetsTheLock()
    {
        using var sample = SampleProcess.Start("QuickStart", "--work", "0");

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
