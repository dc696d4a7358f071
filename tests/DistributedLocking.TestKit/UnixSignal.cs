using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DistributedLocking.TestKit;

/// <summary>Signals that .NET does not send.</summary>
public static partial class UnixSignal
{
    /// <summary>SIGINT.</summary>
    public static int Interrupt => 2;

    /// <summary>SIGKILL.</summary>
    public static int Kill => 9;

    /// <summary>SIGTERM.</summary>
    public static int Terminate => 15;

    /// <summary>SIGSTOP, by its number on this system.</summary>
    public static int Stop => OperatingSystem.IsMacOS() ? 17 : 19;

    /// <summary>SIGCONT, by its number on this system.</summary>
    public static int Continue => OperatingSystem.IsMacOS() ? 19 : 18;

    /// <summary>Sends a signal.</summary>
    /// <param name="process">The process to send it to.</param>
    /// <param name="signal">The signal's number.</param>
    public static void Send(Process process, int signal)
    {
        ArgumentNullException.ThrowIfNull(process);
        if (!TrySend(process.Id, signal))
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Sends a signal to a process that may have ended.</summary>
    /// <param name="processId">The id of the process to send it to.</param>
    /// <param name="signal">The signal's number.</param>
    /// <returns>Whether it was sent.</returns>
    public static bool TrySend(int processId, int signal) => SendSignal(processId, signal) == 0;

    /// <summary>
    /// Stops this process. Returns when another has continued it. A signal to the process as a whole does not do that:
    /// it takes effect when the main thread gets its turn, and the thread that sent it goes on until then.
    /// </summary>
    public static void StopSelf()
    {
        if (Raise(Stop) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "raise", SetLastError = true)]
    private static partial int Raise(int signal);
}
