using System.Diagnostics;
using System.Globalization;

namespace DistributedLocking.TestKit;

/// <summary>What .NET does not tell about other processes.</summary>
public static class ProcessTable
{
    /// <summary>Whether a process is stopped, by a signal, with all its threads. One that has ended is not.</summary>
    /// <param name="processId">The process's id.</param>
    /// <returns>Whether it is stopped.</returns>
    public static bool IsStopped(int processId) => ThreadStates(processId) is [_, ..] states && states.TrueForAll(state => state == 'T');

    /// <summary>Whether any thread of a process may do something: it is neither stopped nor ended.</summary>
    internal static bool IsActive(int processId) => ThreadStates(processId).Exists(state => state is not ('T' or 'Z' or 'X'));

    /// <summary>The ids of a process's children.</summary>
    internal static List<int> Children(int parent) =>
        [.. (OperatingSystem.IsLinux() ? FromProc() : FromPs()).Where(process => process.Parent == parent).Select(process => process.Id)];

    private static List<char> ThreadStates(int processId)
    {
        if (!OperatingSystem.IsLinux())
        {
            return [.. StateFromPs(processId).Take(1)];
        }

        try
        {
            return [.. Directory.EnumerateDirectories($"/proc/{processId}/task").Select(ReadStatus).OfType<string[]>().Select(status => status[0][0])];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    // A bare Debian has no ps.
    private static IEnumerable<(int Id, int Parent)> FromProc()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id) && ReadStatus(directory) is { } fields)
            {
                yield return (id, int.Parse(fields[1], CultureInfo.InvariantCulture));
            }
        }
    }

    /// <summary>The state of a process or thread, its parent, and more; null if it has ended.</summary>
    private static string[]? ReadStatus(string directory)
    {
        try
        {
            // id (name) state parent ...; the name may hold anything.
            var status = File.ReadAllText(Path.Combine(directory, "stat"));
            return status[(status.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
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

    private static string StateFromPs(int processId)
    {
        using var ps = Process.Start(Command.Describe(["ps", "-o", "state=", "-p", processId.ToString(CultureInfo.InvariantCulture)]))!;
        return ps.StandardOutput.ReadToEnd().TrimStart();
    }
}
