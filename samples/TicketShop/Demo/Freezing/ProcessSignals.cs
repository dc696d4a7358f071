using System.Diagnostics;
using System.Globalization;

namespace TicketShop.Demo.Freezing;

/// <summary>Stops a process as a whole and lets it go on, on Unix.</summary>
internal static class ProcessSignals
{
    internal static Task StopAsync(int processId) => SendAsync("STOP", processId);

    internal static Task ContinueAsync(int processId) => SendAsync("CONT", processId);

    /// <summary>The shell knows the signals' numbers, which differ between systems.</summary>
    private static async Task SendAsync(string signal, int processId)
    {
        using var shell = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {processId}")]);
        await shell.WaitForExitAsync();
        if (shell.ExitCode != 0)
        {
            throw new InvalidOperationException($"The process could not be sent SIG{signal}.");
        }
    }
}
