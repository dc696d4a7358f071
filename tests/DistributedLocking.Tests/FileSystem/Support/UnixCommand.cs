using System.Diagnostics;

namespace DistributedLocking.Tests.FileSystem.Support;

/// <summary>What .NET can't make in a file system.</summary>
internal static class UnixCommand
{
    internal static Task MakeHardLinkAsync(string path, string target) => RunAsync("ln", target, path);

    internal static Task MakePipeAsync(string path) => RunAsync("mkfifo", path);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0, program);
    }
}
