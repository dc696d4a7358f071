using System.Collections.Concurrent;
using System.Text;
using DistributedLocking.Providers;

namespace DistributedLocking.Testing.Conformance.Workers;

/// <summary>
/// The other process: takes and releases locks as the facts tell it, line by line, until its input ends. A provider's
/// author writes a program of three lines around it and names it in <see cref="ConformanceFixture.GetWorkerAsync"/>.
/// </summary>
/// <example>
/// <code>
/// var options = new MyLockOptions { Server = args[0] };
/// await using var locks = new DistributedLock(new MyLockProvider(options), options);
/// await LockWorker.RunAsync(locks);
/// </code>
/// </example>
public sealed class LockWorker
{
    private readonly IDistributedLock _locks;
    private readonly TextWriter _output;
    private readonly ConcurrentDictionary<int, IDistributedLockHandle> _handles = new();
    private int _lastHandle = WorkerProtocol.NoHandle;

    private LockWorker(IDistributedLock locks, TextWriter output)
    {
        _locks = locks;
        _output = output;
    }

    /// <summary>Serves the process's standard input until it ends, as it does when the parent process ends.</summary>
    /// <param name="locks">The lock to work with.</param>
    /// <returns>A task that ends with the input. What is held then is released when the lock is disposed.</returns>
    public static async Task RunAsync(IDistributedLock locks)
    {
        // Not Console.In: its asynchronous reads block.
        using var input = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
        var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        await using (output.ConfigureAwait(false))
        {
            await RunAsync(locks, input, output).ConfigureAwait(false);
        }
    }

    /// <summary>Serves an input until it ends.</summary>
    /// <param name="locks">The lock to work with.</param>
    /// <param name="input">Where the requests come from.</param>
    /// <param name="output">Where the replies and events go.</param>
    /// <param name="cancellationToken">Ends the service and cancels what waits.</param>
    /// <returns>A task that ends with the input.</returns>
    public static async Task RunAsync(IDistributedLock locks, TextReader input, TextWriter output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(locks);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        var worker = new LockWorker(locks, output);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> requests = [];
        while (await input.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            // Requests overlap: a worker that waits for a lock still answers.
            requests.Add(worker.ServeAsync(WorkerProtocol.Words(line), stop.Token));
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(requests).ConfigureAwait(false);
    }

    private async Task ServeAsync(string[] words, CancellationToken cancellationToken)
    {
        var number = words[0];
        try
        {
            Send(WorkerProtocol.Line([number, WorkerProtocol.Ok, .. await AnswerAsync(words[1], words[2..], cancellationToken).ConfigureAwait(false)]));
        }
#pragma warning disable CA1031 // Whatever went wrong is the reply.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Send(WorkerProtocol.Line(number, WorkerProtocol.Failed, e.GetType().Name, e.Message));
        }
    }

    private async Task<object[]> AnswerAsync(string verb, string[] arguments, CancellationToken cancellationToken)
    {
        switch (verb)
        {
            case WorkerProtocol.Ping:
                return [];
            case WorkerProtocol.Acquire:
                return await AcquireAsync(arguments, cancellationToken).ConfigureAwait(false);
            case WorkerProtocol.Extend:
                await Handle(arguments).ExtendAsync(WorkerProtocol.Time(arguments[1]), cancellationToken).ConfigureAwait(false);
                return [];
            case WorkerProtocol.Release:
                return [await Handle(arguments).ReleaseAsync(cancellationToken).ConfigureAwait(false)];
            case WorkerProtocol.ReleaseKey:
                return [await _locks.ReleaseAsync(arguments[0], cancellationToken).ConfigureAwait(false)];
            case WorkerProtocol.Status:
                var handle = Handle(arguments);
                return [handle.IsHeld, WorkerProtocol.Milliseconds(handle.RemainingTime), handle.LostToken.IsCancellationRequested];
            case WorkerProtocol.Count:
                return [await CountedFile.CountAsync(
                    _locks, arguments[0], arguments[1], WorkerProtocol.Int32(arguments[2]), cancellationToken).ConfigureAwait(false)];
            default:
                throw new NotSupportedException($"This worker does not know '{verb}'.");
        }
    }

    private async Task<object[]> AcquireAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var options = new AcquireOptions
        {
            TimeToLive = WorkerProtocol.Time(arguments[1]),
            WaitTimeout = WorkerProtocol.Time(arguments[2]),
            AutoRenew = bool.Parse(arguments[3]),
            Retry = FactContext.Pace,
        };
        var locks = ModeLock.Of(_locks, Enum.Parse<LockMode>(arguments[4]), WorkerProtocol.Int32(arguments[5]));
        var handle = await locks.TryAcquireAsync(arguments[0], options, cancellationToken).ConfigureAwait(false);
        if (handle is null)
        {
            return [WorkerProtocol.NoHandle, 0];
        }

        var number = Interlocked.Increment(ref _lastHandle);
        _handles[number] = handle;
        handle.LostToken.Register(() => Send(WorkerProtocol.Line(WorkerProtocol.Event, WorkerProtocol.Lost, number)));
        return [number, handle.FencingToken];
    }

    private IDistributedLockHandle Handle(string[] arguments) => _handles[WorkerProtocol.Int32(arguments[0])];

    private void Send(string line)
    {
        lock (_output)
        {
            _output.WriteLine(line);
            _output.Flush();
        }
    }
}
