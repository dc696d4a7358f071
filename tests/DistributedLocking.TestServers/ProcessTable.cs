using System.Diagnostics;
using System.Globalization;

namespace DistributedLocking.TestServers;

/// <summary>What .NET does not tell about other processes.</summary>
internal static class ProcessTable
{
    /// <summary>The ids of a process's children.</summary>
    public static List<int> Children(int parent) =>
        [.. (OperatingSystem.IsLinux() ? FromProc() : FromPs()).Where(process => process.Parent == parent).Select(process => process.Id)];

    // A bare Debian has no ps.
    private static IEnumerable<(int Id, int Parent)> FromProc()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id) && ReadStatus(directory) is { } status)
            {
                // id (name) state parent ...; the name may hold anything.
                var fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
                yield return (id, int.Parse(fields[1], CultureInfo.InvariantCulture));
            }
        }
    }

    private static string? ReadStatus(string directory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, "stat"));
        }
        catch (IOException)
        {
            // It has ended.
            return null;
        }
    }

    private static IEnumerable<(int Id, int Parent)> FromPs()
    {
        using var ps = Process.Start(Command.Describe(["ps", "-A", "-o", "pid=,ppid="]))!;
        while (ps.StandardOutput.ReadLine() is { } line)
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            yield return (int.Parse(fields[0], CultureInfo.InvariantCulture), int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
    }
}
