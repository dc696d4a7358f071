using System.Runtime.InteropServices;

namespace ConcurrentMutation.Run;

/// <summary>
/// Turns Ctrl-C, and the signals that ask a process to end, into a cancellation. A second signal ends the process at
/// once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private int exitCode;

    internal Interruption() => registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Interrupt(context, 1)),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Interrupt(context, 2)),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Interrupt(context, 15)),
    ];

    internal CancellationToken Token => source.Token;

    /// <summary>What the process returns when it was interrupted.</summary>
    internal int ExitCode => Run.ExitCode.Signal + Volatile.Read(ref exitCode);

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        source.Dispose();
    }

    private void Interrupt(PosixSignalContext context, int number)
    {
        if (Interlocked.CompareExchange(ref exitCode, number, 0) == 0)
        {
            context.Cancel = true;
            source.Cancel();
        }
    }
}
