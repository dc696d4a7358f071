using System.Runtime.InteropServices;
using System.Threading.Channels;
using ConcurrentMutation.Run;

namespace ConcurrentMutation.Workers;

/// <summary>
/// What a worker process does: it obeys the messages on its standard input, and ends when that is closed.
/// </summary>
internal static class WorkerProgram
{
    /// <summary>How long a worker process may take to end after its parent, whatever hangs.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    internal static async Task<int> RunAsync()
    {
        // Ctrl-C reaches every process of the terminal. The parent decides what comes of it.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);

        using var parentGone = new CancellationTokenSource();
        using var ended = new ManualResetEventSlim();
        var lines = Channel.CreateUnbounded<string>();
        new Thread(() => ReadInput(lines.Writer, parentGone, ended)) { IsBackground = true, Name = "standard input" }.Start();

        await using var output = new MessageWriter(Console.OpenStandardOutput());
        try
        {
            await using var session = new WorkerSession(output, parentGone.Token);
            await foreach (var line in lines.Reader.ReadAllAsync())
            {
                await ObeyAsync(session, MessageText.Read(line));
            }

            return ExitCode.Success;
        }
        catch (DemoException exception)
        {
            await output.WriteAsync(new Failed(exception.Message));
            return ExitCode.Failure;
        }
        catch (Exception exception)
        {
            await output.WriteAsync(new Failed($"{exception.GetType().Name}: {exception.Message}"));
            return ExitCode.Failure;
        }
        finally
        {
            ended.Set();
        }
    }

    private static Task ObeyAsync(WorkerSession session, Message message) => message switch
    {
        Configure configure => session.ConfigureAsync(configure.Options),
        Prepare prepare => session.PrepareAsync(prepare.Stage),
        Start start => session.StartAsync(start.Timestamp),
        Stop => session.StopAsync(),
        _ => throw new FormatException($"A worker does not understand {message.GetType().Name}."),
    };

    private static void ReadInput(ChannelWriter<string> lines, CancellationTokenSource parentGone, ManualResetEventSlim ended)
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        while (input.ReadLine() is { } line)
        {
            lines.TryWrite(line);
        }

        parentGone.Cancel();
        lines.Complete();
        if (!ended.Wait(Grace))
        {
            Environment.Exit(ExitCode.Failure);
        }
    }
}
