using System.Net;
using System.Net.Sockets;

namespace DistributedLocking.TestKit.Proxy;

/// <summary>
/// Stands between clients and a real server and does to their bytes what a network does on a bad day. The fault lasts
/// until what its method returned is disposed.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _host;
    private readonly int _port;
    private readonly TimeSpan _latency;
    private readonly object _lock = new();
    private readonly HashSet<ProxyConnection> _connections = [];
    private readonly LaneFaults _requests = new();
    private readonly LaneFaults _replies = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _refusals;
    private int _accepted;

    /// <summary>Starts to listen.</summary>
    /// <param name="host">The server's host.</param>
    /// <param name="port">The server's port.</param>
    /// <param name="latency">
    /// How long bytes travel each way, as many at a time as there are; the timer's milliseconds come on top.
    /// </param>
    public FaultProxy(string host, int port, TimeSpan latency = default)
    {
        _host = host;
        _port = port;
        _latency = latency;
        _listener.Start(backlog: 512);
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect, on the loopback address.</summary>
    public int Port { get; }

    /// <summary>How many connections there were.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>How many connections are open.</summary>
    public int Open
    {
        get
        {
            lock (_lock)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>Bytes arrive later by this time, one piece after the other. Their order stays.</summary>
    /// <param name="direction">Which way.</param>
    /// <param name="time">How much later.</param>
    /// <returns>Dispose it to end the fault.</returns>
    public IDisposable Delay(Direction direction, TimeSpan time) => Add(direction, () => new LaneFault(LaneFaultKind.Delay, time));

    /// <summary>Bytes stop here, and go on when the fault ends.</summary>
    /// <param name="direction">Which way.</param>
    /// <param name="after">
    /// How many pieces of bytes pass before: the answers to what a client sends ahead of the message that is meant.
    /// </param>
    /// <returns>Dispose it to end the fault.</returns>
    public IDisposable Hold(Direction direction, int after = 0) => Add(direction, () => new LaneFault(LaneFaultKind.Hold) { Passing = after });

    /// <summary>Bytes are dropped, with nobody told. A connection that lost some is cut when the fault ends.</summary>
    /// <param name="direction">Which way.</param>
    /// <returns>Dispose it to end the fault.</returns>
    public IDisposable Swallow(Direction direction)
    {
        var fault = Add(direction, () => new LaneFault(LaneFaultKind.Swallow));
        return new Endings([fault, new Ending(() => Cut(connection => connection.HasDropped))]);
    }

    /// <summary>New connections are ended at once.</summary>
    /// <returns>Dispose it to end the fault.</returns>
    public IDisposable Refuse()
    {
        Interlocked.Increment(ref _refusals);
        return new Ending(() => Interlocked.Decrement(ref _refusals));
    }

    /// <summary>Resets all connections. New ones are served.</summary>
    public void Cut() => Cut(_ => true);

    /// <summary>Ends when the newest fault of a direction has caught something.</summary>
    /// <param name="direction">Which way.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>A task that ends then.</returns>
    public Task WaitUntilCaughtAsync(Direction direction, CancellationToken cancellationToken) =>
        (direction == Direction.Requests ? _requests : _replies).Caught.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        Cut();
        ProxyConnection[] connections;
        lock (_lock)
        {
            connections = [.. _connections];
        }

        foreach (var connection in connections)
        {
            await connection.DisposeAsync();
        }

        _stop.Dispose();
    }

    private Endings Add(Direction direction, Func<LaneFault> create)
    {
        List<IDisposable> endings = [];
        if (direction.HasFlag(Direction.Requests))
        {
            endings.Add(_requests.Add(create()));
        }

        if (direction.HasFlag(Direction.Replies))
        {
            endings.Add(_replies.Add(create()));
        }

        return new Endings(endings);
    }

    private void Cut(Func<ProxyConnection, bool> which)
    {
        ProxyConnection[] connections;
        lock (_lock)
        {
            connections = [.. _connections.Where(which)];
        }

        Array.ForEach(connections, connection => connection.Cut());
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _accepted);
                if (Volatile.Read(ref _refusals) > 0)
                {
                    client.Close(timeout: 0);
                    continue;
                }

                // Not awaited: a server that is frozen with a full backlog must not keep other clients out.
                _ = ConnectAsync(client);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // A client that went before it was accepted, or the end.
            }
        }
    }

    private async Task ConnectAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await server.ConnectAsync(_host, _port, _stop.Token);
            client.NoDelay = server.NoDelay = true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            server.Dispose();
            client.Close(timeout: 0);
            return;
        }

        // No byte passes before a cut can end the connection.
        ProxyConnection connection;
        lock (_lock)
        {
            connection = new ProxyConnection(client, server, _requests, _replies, _latency);
            _connections.Add(connection);
        }

        await connection.Ended;
        connection.Cut();
        lock (_lock)
        {
            _connections.Remove(connection);
        }
    }

    private sealed class Ending(Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
    }

    private sealed class Endings(IReadOnlyList<IDisposable> parts) : IDisposable
    {
        public void Dispose()
        {
            foreach (var part in parts)
            {
                part.Dispose();
            }
        }
    }
}
