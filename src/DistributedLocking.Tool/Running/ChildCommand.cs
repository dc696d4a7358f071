using System.ComponentModel;
using System.Diagnostics;

namespace DistributedLocking.Tool.Running;

/// <summary>The command that runs under the lock, with our standard input and outputs.</summary>
internal sealed class ChildCommand : IDisposable
{
    private const int NoSuchFile = 2;

    private readonly Process _process;

    private ChildCommand(Process process) => _process = process;

    internal int ExitCode => _process.ExitCode;

    /// <summary>Null when it can't be started.</summary>
    internal static ChildCommand? TryStart(string[] line, (string Name, string Value)[] variables, out (string Message, int ExitCode) failure)
    {
        var start = new ProcessStartInfo(line[0], line[1..]) { UseShellExecute = false };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        try
        {
            failure = default;
            return new ChildCommand(Process.Start(start)!);
        }
        catch (Win32Exception e)
        {
            var isMissing = e.NativeErrorCode == NoSuchFile;
            failure = (
                isMissing ? $"there is no command '{line[0]}'." : $"'{line[0]}' can't be run.",
                isMissing ? Tool.ExitCode.NotFound : Tool.ExitCode.CannotRun);
            return null;
        }
    }

    /// <summary>Waits for its end; false when the token came first.</summary>
    internal async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _process.WaitForExitAsync(cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Asks it to end, and ends it when the grace is over, with all that it has started.</summary>
    internal async Task EndAsync(TimeSpan grace)
    {
        Signal(Signals.Termination);
        using var end = new CancellationTokenSource(grace, TimeProvider.System);
        if (!await WaitAsync(end.Token))
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
    }

    /// <summary>Sends it a signal; on Windows, which has none, it is ended.</summary>
    internal void Signal(int number)
    {
        if (_process.HasExited)
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            _process.Kill(entireProcessTree: true);
        }
        else
        {
            Signals.Send(_process.Id, number);
        }
    }

    public void Dispose() => _process.Dispose();
}
