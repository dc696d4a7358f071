using System.Diagnostics;

namespace DistributedLocking.TestKit;

/// <summary>Finds and runs programs.</summary>
internal static class Command
{
    /// <summary>The path of a program: from PATH, else from the other directories, the first that has it.</summary>
    public static string? Find(string program, params IEnumerable<string> directories) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(directories)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);

    /// <summary>The same, for a program that must be there.</summary>
    /// <exception cref="PlatformNotSupportedException">It is missing. The message says what to do.</exception>
    public static string Require(string? path, string program, string package, string variable, string value) =>
        path ?? throw new PlatformNotSupportedException(
            $"{program} is missing. Install it with 'apt-get install {package}', or set {variable} to the {value} of a server for the tests that share one.");

    /// <summary>The same, for a program whose servers no tests share.</summary>
    /// <exception cref="PlatformNotSupportedException">It is missing. The message says what to do.</exception>
    public static string Require(string? path, string program, string package) =>
        path ?? throw new PlatformNotSupportedException($"{program} is missing. Install it with 'apt-get install {package}'.");

    public static ProcessStartInfo Describe(IEnumerable<string> commandLine)
    {
        var start = new ProcessStartInfo { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var part in commandLine)
        {
            if (start.FileName.Length == 0)
            {
                start.FileName = part;
            }
            else
            {
                start.ArgumentList.Add(part);
            }
        }

        return start;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task<string> RunAsync(params IEnumerable<string> commandLine)
    {
        using var process = Process.Start(Describe(commandLine))!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{string.Join(' ', commandLine)} ended with {process.ExitCode}: {output}{await errors}");
    }
}
