using System.Threading.Channels;
using Grpc.Core;

namespace DistributedLocking.Etcd.Connections;

/// <summary>
/// A stream in both directions to one member. What is written is sent in order; the stream ends once, for good, and
/// tells why.
/// </summary>
internal abstract class DuplexStream<TRequest, TResponse>
{
    private readonly Channel<TRequest> _out = Channel.CreateUnbounded<TRequest>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _end;
    private readonly EtcdConnection _connection;
    private readonly EtcdMember _member;
    private int _hasEnded;

    protected DuplexStream(EtcdConnection connection, EtcdMember member)
    {
        _connection = connection;
        _member = member;
        _end = CancellationTokenSource.CreateLinkedTokenSource(connection.Stopping);
    }

    /// <summary>Whether nothing will be answered any more.</summary>
    internal bool HasEnded => Volatile.Read(ref _hasEnded) == 1;

    protected EtcdConnection Connection => _connection;

    protected EtcdMember Member => _member;

    /// <summary>Ends it. What waits for an answer is told the reason.</summary>
    internal void End(Exception reason)
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) == 0)
        {
            _out.Writer.TryComplete();
            _end.Cancel();
            OnEnd(reason);
        }
    }

    protected void Write(TRequest request) => _out.Writer.TryWrite(request);

    /// <summary>Starts it. It never throws.</summary>
    protected async Task RunAsync(Func<CallOptions, AsyncDuplexStreamingCall<TRequest, TResponse>> open)
    {
        try
        {
            var headers = await _connection.HeadersAsync(_member, _end.Token).ConfigureAwait(false);
            using var call = open(new CallOptions(headers, cancellationToken: _end.Token));
            var sending = SendAsync(call.RequestStream);
            while (await call.ResponseStream.MoveNext(_end.Token).ConfigureAwait(false))
            {
                OnAnswer(call.ResponseStream.Current);
            }

            await sending.ConfigureAwait(false);
            End(new DistributedLockUnavailableException($"etcd at {_member.Endpoint} ended a stream."));
        }
        catch (RpcException e)
        {
            End(_connection.Failed(_member, e));
        }
        catch (Exception e)
        {
            End(e);
        }
    }

    protected abstract void OnAnswer(TResponse answer);

    protected abstract void OnEnd(Exception reason);

    private async Task SendAsync(IClientStreamWriter<TRequest> stream)
    {
        try
        {
            await foreach (var request in _out.Reader.ReadAllAsync(_end.Token).ConfigureAwait(false))
            {
                await stream.WriteAsync(request, _end.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            End(e is RpcException rpc ? EtcdErrors.Translate(rpc, _member.Endpoint) : e);
        }
    }
}
