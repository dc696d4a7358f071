using System.Diagnostics;
using DistributedLocking.FaultTests.Nemesis;
using DistributedLocking.FaultTests.Stores;
using DistributedLocking.Testing.Conformance.Workers;

namespace DistributedLocking.FaultTests.Soak;

/// <summary>
/// A short soak of a store of each kind in a process of its own. <see cref="NemesisSettings"/> names the variable that
/// makes it longer.
/// </summary>
public sealed class SoakTests
{
    [Theory]
    [InlineData(StoreKind.Redis)]
    [InlineData(StoreKind.PostgreSqlRowLock)]
    [InlineData(StoreKind.MySqlLease)]
    [InlineData(StoreKind.Etcd)]
    public async Task Nothing_is_left_of_it(StoreKind kind)
    {
        var command = WorkerCommand.ForAssembly(typeof(SoakTests).Assembly.Location, SoakCommand.Name, kind.ToString());
        var start = new ProcessStartInfo(command.FileName, command.Arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(NemesisSettings.SecondsVariable)))
        {
            start.Environment[NemesisSettings.SecondsVariable] = "2";
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        process.ExitCode.ShouldBe(0, $"{output}{await errors}");
    }
}
