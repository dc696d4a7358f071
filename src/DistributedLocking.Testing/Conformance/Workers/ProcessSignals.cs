using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DistributedLocking.Testing.Conformance.Workers;

/// <summary>The signals that stop and continue a process, where the operating system has them.</summary>
internal static partial class ProcessSignals
{
    private static int SignalStop => OperatingSystem.IsMacOS() ? 17 : 19;

    private static int SignalContinue => OperatingSystem.IsMacOS() ? 19 : 18;

    internal static void Stop(Process process) => Send(process, SignalStop, "stop");

    internal static void Continue(Process process) => Send(process, SignalContinue, "continue");

    /// <summary>Whether the process is stopped with all its threads, where that can be seen; null elsewhere.</summary>
    internal static bool? IsStopped(Process process)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        return Directory.EnumerateDirectories($"/proc/{process.Id}/task").All(IsThreadStopped);
    }

    private static bool IsThreadStopped(string thread)
    {
        try
        {
            // "number (name) state ...": the name may hold anything, so look behind its last parenthesis.
            var status = File.ReadAllText(Path.Combine(thread, "stat"));
            return status[status.LastIndexOf(')') + 2] == 'T';
        }
        catch (IOException)
        {
            // It ended meanwhile.
            return true;
        }
    }

    private static void Send(Process process, int signal, string what)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException($"Windows has no signal to {what} a process.");
        }

        if (Kill(process.Id, signal) != 0)
        {
            throw new InvalidOperationException($"Could not {what} the worker process: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int processId, int signal);
}
