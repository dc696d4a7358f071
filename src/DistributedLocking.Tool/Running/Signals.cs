using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace DistributedLocking.Tool.Running;

/// <summary>
/// The signals that others send to dlock and mean for its command. Before there is one, they end the wait for the lock.
/// </summary>
internal sealed class Signals : IDisposable
{
    internal const int Termination = 15;

    private const int Interrupt = 2;
    private const int Quit = 3;

    /// <summary>Hang-up, interrupt, quit, the two of users, termination, by their numbers.</summary>
    private static readonly (PosixSignal Signal, int Number)[] Passed =
    [
        (PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, Interrupt), (PosixSignal.SIGQUIT, Quit), (PosixSignal.SIGTERM, Termination),
        .. OperatingSystem.IsLinux() ? [((PosixSignal)10, 10), ((PosixSignal)12, 12)] : ((PosixSignal, int)[])[],
    ];

    private readonly object _lock = new();
    private readonly CancellationTokenSource _first = new();
    private readonly List<PosixSignalRegistration> _registrations;
    private ChildCommand? _command;

    internal Signals() => _registrations = [.. Passed.Select(one => PosixSignalRegistration.Create(one.Signal, context => Take(context, one.Number)))];

    /// <summary>Cancelled by the first signal that comes before there is a command.</summary>
    internal CancellationToken First => _first.Token;

    internal int FirstNumber { get; private set; }

    /// <summary>From now on they are passed to the command.</summary>
    internal void PassTo(ChildCommand command)
    {
        lock (_lock)
        {
            _command = command;
            if (FirstNumber != 0)
            {
                command.Signal(FirstNumber);
            }
        }
    }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _first.Dispose();
    }

    [UnsupportedOSPlatform("windows")]
    internal static void Send(int process, int signal) => _ = Kill(process, signal);

    private void Take(PosixSignalContext context, int number)
    {
        context.Cancel = true;
        lock (_lock)
        {
            if (_command is null)
            {
                FirstNumber = number;
                _first.Cancel();
            }
            else if (number is not (Interrupt or Quit) || Console.IsInputRedirected)
            {
                // A terminal has sent those two to the command already, which is in the same group of processes.
                _command.Signal(number);
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
