using System.Net.Sockets;
using System.Threading.Channels;

namespace DistributedLocking.TestKit.Proxy;

/// <summary>Sends bytes on after the time that they travel. Those that follow do not wait for them to arrive.</summary>
internal sealed class DelayLine
{
    private readonly Socket _to;
    private readonly TimeSpan _latency;
    private readonly CancellationToken _cut;
    private readonly Channel<(long SentAt, byte[] Bytes)> _travelling = Channel.CreateUnbounded<(long, byte[])>();
    private readonly Task _arriving;

    internal DelayLine(Socket to, TimeSpan latency, CancellationToken cut)
    {
        _to = to;
        _latency = latency;
        _cut = cut;
        _arriving = latency > TimeSpan.Zero ? ArriveAsync() : Task.CompletedTask;
    }

    internal async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_latency > TimeSpan.Zero)
        {
            await _travelling.Writer.WriteAsync((TimeProvider.System.GetTimestamp(), bytes.ToArray()), _cut);
            return;
        }

        await DeliverAsync(bytes);
    }

    /// <summary>Ends when all has arrived.</summary>
    internal Task EndAsync()
    {
        _travelling.Writer.TryComplete();
        return _arriving;
    }

    private async Task ArriveAsync()
    {
        try
        {
            await foreach (var (sentAt, bytes) in _travelling.Reader.ReadAllAsync(_cut))
            {
                var rest = _latency - TimeProvider.System.GetElapsedTime(sentAt);
                if (rest > TimeSpan.Zero)
                {
                    await Task.Delay(rest, TimeProvider.System, _cut);
                }

                await DeliverAsync(bytes);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Cut; whoever receives finds out.
        }
    }

    private async ValueTask DeliverAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _to.SendAsync(bytes, _cut)..];
        }
    }
}
