using System.Runtime.InteropServices;

namespace DistributedLocking.Tool.Showing;

/// <summary>Whoever watches is stopped by a signal, in order.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;

    internal StopSignal() => _registrations = Array.ConvertAll((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM], signal => PosixSignalRegistration.Create(signal, Stop));

    internal CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        Array.ForEach(_registrations, registration => registration.Dispose());
        _stop.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        _stop.Cancel();
    }
}
