using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using DistributedLocking.Providers;

namespace DistributedLocking.Testing.Conformance.Workers;

/// <summary>A worker process, seen from its parent: tells it what to do, and kills, stops or continues it.</summary>
public sealed class LockWorkerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string[]>> _requests = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, WorkerHandle> _handles = new();
    private readonly SemaphoreSlim _input = new(1);
    private readonly Task _reader;
    private volatile bool _ended;
    private int _lastRequest;

    private LockWorkerProcess(Process process)
    {
        _process = process;
        _reader = ReadAsync();
    }

    /// <summary>Starts a worker.</summary>
    /// <param name="command">What to start.</param>
    /// <returns>The worker. It ends with its parent at the latest, unless it is stopped then.</returns>
    public static LockWorkerProcess Start(WorkerCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var start = new ProcessStartInfo(command.FileName, command.Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = encoding,
            StandardOutputEncoding = encoding,
        };
        return new LockWorkerProcess(Process.Start(start) ?? throw new InvalidOperationException($"'{command.FileName}' did not start."));
    }

    /// <summary>Waits until the worker answers, as it does once it has started.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when the worker answered.</returns>
    public Task PingAsync(CancellationToken cancellationToken = default) => SendAsync(WorkerProtocol.Ping, [], cancellationToken);

    /// <summary>Makes the worker acquire a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="options">
    /// Its time to live and its wait, zero by default, and whether it is renewed; nothing else is passed on.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for the reply; the worker goes on.</param>
    /// <returns>The lock that the worker holds, or null when somebody else held the key for the whole wait.</returns>
    public Task<WorkerHandle?> TryAcquireAsync(string key, AcquireOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return TryAcquireAsync(key, LockMode.Exclusive, limit: 1, options, cancellationToken);
    }

    internal async Task<WorkerHandle?> TryAcquireAsync(string key, LockMode mode, int limit, AcquireOptions options, CancellationToken cancellationToken)
    {
        var wait = options.WaitTimeout == Timeout.InfiniteTimeSpan ? -1 : WorkerProtocol.Milliseconds(options.WaitTimeout ?? TimeSpan.Zero);
        var values = await SendAsync(
            WorkerProtocol.Acquire,
            [key, WorkerProtocol.Milliseconds(options.TimeToLive ?? Leases.Far), wait, options.AutoRenew ?? true, mode, limit],
            cancellationToken).ConfigureAwait(false);
        var number = WorkerProtocol.Int32(values[0]);
        if (number == WorkerProtocol.NoHandle)
        {
            return null;
        }

        var handle = Handle(number);
        handle.FencingToken = WorkerProtocol.Int64(values[1]);
        return handle;
    }

    /// <summary>Makes the worker count under the lock in a file that nothing else protects.</summary>
    /// <param name="key">The key that stands for the file.</param>
    /// <param name="path">The file.</param>
    /// <param name="times">How often.</param>
    /// <param name="cancellationToken">Ends the wait for the reply.</param>
    /// <returns>How often the worker's fencing token was no larger than that of the turn before.</returns>
    public async Task<int> CountAsync(string key, string path, int times, CancellationToken cancellationToken = default) =>
        WorkerProtocol.Int32((await SendAsync(WorkerProtocol.Count, [key, path, times], cancellationToken).ConfigureAwait(false))[0]);

    /// <summary>Kills the process. It has no chance to release anything.</summary>
    /// <returns>A task that ends when the process is gone.</returns>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>Stops the process (SIGSTOP), as a pause of the machine or a long garbage collection would.</summary>
    /// <returns>A task that ends when it is stopped.</returns>
    /// <exception cref="PlatformNotSupportedException">On Windows.</exception>
    public async Task StopAsync()
    {
        ProcessSignals.Stop(_process);
        while (ProcessSignals.IsStopped(_process) == false)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System).ConfigureAwait(false);
        }
    }

    /// <summary>Continues the process after <see cref="StopAsync"/>.</summary>
    /// <exception cref="PlatformNotSupportedException">On Windows.</exception>
    public void Continue() => ProcessSignals.Continue(_process);

    /// <summary>Lets the process end by itself: its input ends, and it disposes its lock.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when the process is gone.</returns>
    public async Task ShutDownAsync(CancellationToken cancellationToken = default)
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Kills the process if it still runs.</summary>
    /// <returns>A task that ends when the process is gone.</returns>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // A stopped process can be killed, too.
            await KillAsync().ConfigureAwait(false);
        }

        await _reader.ConfigureAwait(false);
        _input.Dispose();
        _process.Dispose();
    }

    internal async Task<string[]> SendAsync(string verb, object[] arguments, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _lastRequest).ToString(CultureInfo.InvariantCulture);
        var reply = new TaskCompletionSource<string[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests[number] = reply;
        await _input.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _process.StandardInput.WriteLineAsync(WorkerProtocol.Line([number, verb, .. arguments])).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The process has ended: the reader fails the request, with what the process wrote about it.
        }
        finally
        {
            _input.Release();
        }

        // The process may have ended before the request was noted.
        if (_ended)
        {
            FailRequests();
        }

        return await reply.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ReadAsync()
    {
        await Task.WhenAll(ReadRepliesAsync(), ReadErrorsAsync()).ConfigureAwait(false);
        _ended = true;
        FailRequests();
    }

    private async Task ReadRepliesAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            var words = WorkerProtocol.Words(line);
            if (words is [WorkerProtocol.Event, WorkerProtocol.Lost, var handle])
            {
                // The event may overtake the reply that makes the handle known.
                Handle(WorkerProtocol.Int32(handle)).SignalLost();
            }
            else if (_requests.TryRemove(words[0], out var request))
            {
                Answer(request, words);
            }
        }
    }

    private static void Answer(TaskCompletionSource<string[]> request, string[] words)
    {
        if (words[1] is WorkerProtocol.Ok)
        {
            request.TrySetResult(words[2..]);
        }
        else
        {
            request.TrySetException(new InvalidOperationException($"The worker failed with {words[2]}: {words[3]}"));
        }
    }

    private WorkerHandle Handle(int number) => _handles.GetOrAdd(number, _ => new WorkerHandle(this, number));

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            lock (_errors)
            {
                _errors.AppendLine(line);
            }
        }
    }

    private void FailRequests()
    {
        string errors;
        lock (_errors)
        {
            errors = _errors.ToString();
        }

        foreach (var number in _requests.Keys)
        {
            if (_requests.TryRemove(number, out var request))
            {
                request.TrySetException(new InvalidOperationException($"The worker ended without an answer. {errors}"));
            }
        }
    }
}
