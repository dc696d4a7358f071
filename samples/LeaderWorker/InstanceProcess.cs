using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace LeaderWorker;

/// <summary>An instance from outside.</summary>
internal sealed class InstanceProcess : IDisposable
{
    private readonly Process _process;

    private InstanceProcess(int number, Process process)
    {
        Number = number;
        _process = process;
    }

    internal int Number { get; }

    /// <summary>Starts one.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="settings">What it is told.</param>
    /// <param name="events">Where what it says goes, with the time.</param>
    internal static InstanceProcess Start(int number, Settings settings, ChannelWriter<InstanceEvent> events)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(InstanceProcess).Assembly.Location, Instance.Command, .. settings.Arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false,
        };
        var instance = new InstanceProcess(number, Process.Start(start)!);
        instance._process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text)
            {
                events.TryWrite(new InstanceEvent(instance, Report.Parse(text), Stopwatch.GetTimestamp()));
            }
        };
        instance._process.BeginOutputReadLine();
        return instance;
    }

    /// <summary>Lets its host shut down.</summary>
    internal void Stop() => _process.StandardInput.Close();

    internal void Kill() => _process.Kill();

    internal void Freeze() => Signal("STOP");

    internal void Thaw() => Signal("CONT");

    internal Task WaitForEndAsync() => _process.WaitForExitAsync();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}

/// <summary>What an instance said, and when it was read.</summary>
internal sealed record InstanceEvent(InstanceProcess Instance, (string Word, long Number) Said, long At);
