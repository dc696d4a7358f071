using System.Net.Sockets;

namespace DistributedLocking.TestKit.Proxy;

/// <summary>A client's connection and the one to the server behind it.</summary>
internal sealed class ProxyConnection : IAsyncDisposable
{
    private readonly Socket _client;
    private readonly Socket _server;
    private readonly TimeSpan _latency;
    private readonly CancellationTokenSource _cut = new();
    private int _closed;

    internal ProxyConnection(Socket client, Socket server, LaneFaults requests, LaneFaults replies, TimeSpan latency)
    {
        _client = client;
        _server = server;
        _latency = latency;
        Ended = Task.WhenAll(PumpAsync(client, server, requests), PumpAsync(server, client, replies));
    }

    /// <summary>Ends when both directions have ended.</summary>
    internal Task Ended { get; }

    /// <summary>
    /// Whether bytes were dropped. What follows them would make no sense, so such a connection must not go on.
    /// </summary>
    internal bool HasDropped { get; private set; }

    /// <summary>Ends both connections with a reset.</summary>
    internal void Cut()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            _cut.Cancel();
            Reset(_client);
            Reset(_server);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        await Ended;
        _cut.Dispose();
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (SocketException)
        {
            // The other side has gone already.
        }

        socket.Dispose();
    }

    private async Task PumpAsync(Socket from, Socket to, LaneFaults faults)
    {
        var buffer = new byte[16 * 1024];
        var line = new DelayLine(to, _latency, _cut.Token);
        try
        {
            while (true)
            {
                var count = await from.ReceiveAsync(buffer, _cut.Token);
                if (count == 0)
                {
                    // The end travels like bytes do.
                    if (await faults.PassAsync(_cut.Token) && !HasDropped)
                    {
                        await line.EndAsync();
                        to.Shutdown(SocketShutdown.Send);
                    }
                    else if (HasDropped)
                    {
                        Cut();
                    }

                    return;
                }

                if (!await faults.PassAsync(_cut.Token))
                {
                    HasDropped = true;
                }
                else if (HasDropped)
                {
                    Cut();
                }
                else
                {
                    await line.SendAsync(buffer.AsMemory(0, count));
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            Cut();
        }
    }
}
