using System.Diagnostics;
using System.Text.Json;

namespace DistributedLocking.Samples.Tests.Benchmarks.EndToEnd;

/// <summary>
/// The program as it is run, with what takes the shortest: whether it works, not how fast anything is.
/// </summary>
public sealed class ProgramTests
{
    [Fact]
    public async Task Worker_processes_wait_and_their_commands_are_counted()
    {
        var root = await RunAsync("waiting", "--processes", "2", "--repetitions", "1", "--slice", "10", "--json");

        var tables = root.GetProperty("tables").EnumerateArray().ToList();
        var waiting = tables[0].GetProperty("rows")[0];
        waiting.GetProperty("processes").GetInt32().ShouldBe(2);
        waiting.GetProperty("all served ms after the release").GetDouble().ShouldBeGreaterThan(0);
        var finding = tables[1].GetProperty("rows")[0];
        finding.GetProperty("figure").GetString().ShouldBe("commands a second and process");
        finding.GetProperty("target").GetString().ShouldBe("≤ 1");
    }

    [Fact]
    public async Task Two_processes_hand_a_file_on()
    {
        var root = await RunAsync("handoff", "--database", "file-system", "--repetitions", "2", "--slice", "10", "--json");

        var row = root.GetProperty("tables")[0].GetProperty("rows")[0];
        (row.GetProperty("mode").GetString(), row.GetProperty("hand-offs").GetInt32()).ShouldBe(("file-system", 2));
        row.GetProperty("longest ms").GetDouble().ShouldBeGreaterThan(0);
    }

    private static async Task<JsonElement> RunAsync(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "DistributedLocking.Benchmarks.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)
                .WaitAsync(TimeSpan.FromMinutes(3), TimeProvider.System, TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            process.ExitCode.ShouldBe(0, await errors);
            return JsonDocument.Parse(output).RootElement;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
