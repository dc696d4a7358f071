using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace DistributedLocking.TestKit.Servers;

/// <summary>
/// A real server for tests: a child process on a loopback port, with data that are thrown away. Or, for tests that
/// share one, a server that runs already.
/// </summary>
public abstract class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(60);

    private readonly string? _directory;
    private Process? _process;

    private protected ServerProcess(string host, int port, string? directory)
    {
        Host = host;
        Port = port;
        _directory = directory;
    }

    /// <summary>The server's host.</summary>
    public string Host { get; }

    /// <summary>The server's port. It stays the same through a restart.</summary>
    public int Port { get; }

    /// <summary>
    /// Stops the server without ending it (SIGSTOP): connections stay open and nothing is answered. Returns when the
    /// last thread has stopped.
    /// </summary>
    public void Freeze()
    {
        // The parent first: it makes no new children then.
        UnixSignal.Send(OwnProcess, UnixSignal.Stop);
        AwaitStop(OwnProcess.Id);
        SignalChildren(UnixSignal.Stop).ForEach(AwaitStop);
    }

    /// <summary>Continues a frozen server (SIGCONT).</summary>
    public void Thaw()
    {
        SignalChildren(UnixSignal.Continue);
        UnixSignal.Send(OwnProcess, UnixSignal.Continue);
    }

    /// <summary>Kills the server (SIGKILL).</summary>
    /// <returns>A task that ends when the server has.</returns>
    public async Task KillAsync()
    {
        Kill();

        // It waits for the end of the output too, which is when the last child has ended.
        await OwnProcess.WaitForExitAsync();
    }

    /// <summary>Ends the server as its administrator would. It must not be frozen.</summary>
    /// <returns>A task that ends when the server has.</returns>
    public async Task StopAsync()
    {
        UnixSignal.Send(OwnProcess, StopSignal);
        await OwnProcess.WaitForExitAsync();
    }

    /// <summary>
    /// Starts the server again, on the same port and with what it kept on disk, after <see cref="KillAsync"/> or <see
    /// cref="StopAsync"/>.
    /// </summary>
    /// <returns>A task that ends when the server answers.</returns>
    public Task RestartAsync() => StartProcessAsync();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            await KillAsync();
            process.Dispose();
            AppDomain.CurrentDomain.ProcessExit -= OnExit;
        }

        if (_directory is not null)
        {
            CleanUp(_directory);
        }

        GC.SuppressFinalize(this);
    }

    private protected abstract string Variable { get; }

    private protected abstract string ReadyLine { get; }

    private protected abstract int StopSignal { get; }

    private Process OwnProcess => _process ?? throw new InvalidOperationException($"The server that {Variable} names is not ours to stop.");

    /// <summary>The program and its arguments.</summary>
    private protected abstract IEnumerable<string> CommandLine();

    private protected virtual void CleanUp(string directory) => Directory.Delete(directory, recursive: true);

    private protected static async Task<T> StartAsync<T>(Func<int, Task<T>> create)
        where T : ServerProcess
    {
        // Another process may take the free port before the server binds it.
        for (var attempt = 0; ; attempt++)
        {
            var server = await create(FreePort());
            try
            {
                await server.StartProcessAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < 5)
            {
                await server.DisposeAsync();
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task StartProcessAsync()
    {
        var process = new Process { StartInfo = Command.Describe(CommandLine()) };
        var output = new ConcurrentQueue<string>();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnLine(object sender, DataReceivedEventArgs e)
        {
            if (e.Data is { } line && !ready.Task.IsCompleted)
            {
                output.Enqueue(line);
                if (line.Contains(ReadyLine, StringComparison.Ordinal))
                {
                    ready.TrySetResult();
                }
            }
        }

        process.OutputDataReceived += OnLine;
        process.ErrorDataReceived += OnLine;
        process.Start();
        _process?.Dispose();
        _process = process;
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        string Failure(string what) => $"{GetType().Name} {what}: {string.Join(Environment.NewLine, output)}";
        try
        {
            await Task.WhenAny(ready.Task, process.WaitForExitAsync()).WaitAsync(StartTimeout, TimeProvider.System);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(Failure($"was not ready after {StartTimeout}"), e);
        }

        if (!ready.Task.IsCompleted)
        {
            throw new InvalidOperationException(Failure("did not start"));
        }
    }

    /// <summary>
    /// A signal is sent at once; it takes effect when each thread has its turn, and a busy machine lets one answer a
    /// last question before.
    /// </summary>
    private static void AwaitStop(int processId)
    {
        if (!SpinWait.SpinUntil(() => !ProcessTable.IsActive(processId), StopTimeout))
        {
            throw new TimeoutException($"Process {processId} did not stop within {StopTimeout}.");
        }
    }

    private void Kill()
    {
        // A parent that is killed first has no children any more, and one that runs makes new ones.
        if (!OwnProcess.HasExited && UnixSignal.TrySend(OwnProcess.Id, UnixSignal.Stop))
        {
            AwaitStop(OwnProcess.Id);
            SignalChildren(UnixSignal.Kill);
            UnixSignal.TrySend(OwnProcess.Id, UnixSignal.Kill);
        }
    }

    /// <summary>Sends a signal to the server's children, and returns their ids.</summary>
    private List<int> SignalChildren(int signal)
    {
        var children = ProcessTable.Children(OwnProcess.Id);
        children.ForEach(child => UnixSignal.TrySend(child, signal));
        return children;
    }

    private void OnExit(object? sender, EventArgs e)
    {
        if (_process is { } process && _directory is { } directory)
        {
            Kill();
            process.WaitForExit(TimeSpan.FromSeconds(5));
            try
            {
                CleanUp(directory);
            }
            catch (IOException)
            {
                // A child of the server may be about to end still. It is a temporary directory.
            }
        }
    }
}
