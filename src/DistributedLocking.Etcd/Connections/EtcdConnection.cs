using DistributedLocking.Etcd.Protocol;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Etcd.Connections;

/// <summary>
/// Calls one member of the cluster until it does not serve, and then the next. It remembers how far the cluster had
/// come, so that an answer from before is noticed.
/// </summary>
internal sealed class EtcdConnection : IDisposable
{
    private readonly EtcdMember[] _members;
    private readonly EtcdLockOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private int _current;
    private long _newestTerm;

    internal EtcdConnection(EtcdLockOptions options, TimeProvider time, ILogger logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _members = [.. options.Endpoints.Select(endpoint => new EtcdMember(this, endpoint, options))];
    }

    /// <summary>The member in use.</summary>
    internal EtcdMember Member => _members[(uint)Volatile.Read(ref _current) % _members.Length];

    internal TimeSpan Timeout => _options.CommandTimeout;

    internal TimeProvider Time => _time;

    internal ILogger Logger => _logger;

    /// <summary>Cancelled when the connection is closed.</summary>
    internal CancellationToken Stopping => _stop.Token;

    /// <summary>Runs a transaction.</summary>
    internal Task<TxnResponse> RunAsync(TxnRequest request, CancellationToken cancellationToken) =>
        CallAsync((member, options) => member.Keys.TxnAsync(request, options), answer => answer.Header, cancellationToken);

    /// <summary>Makes a call.</summary>
    /// <param name="call">Makes it.</param>
    /// <param name="header">Takes the header out of the answer.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <exception cref="DistributedLockUnavailableException">etcd failed, refused or did not answer in time.</exception>
    internal async Task<T> CallAsync<T>(
        Func<EtcdMember, CallOptions, AsyncUnaryCall<T>> call, Func<T, ResponseHeader> header, CancellationToken cancellationToken)
    {
        var member = Member;
        using var timeout = new CancellationTokenSource(Timeout, _time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token, _stop.Token);
        try
        {
            var headers = await HeadersAsync(member, limit.Token).ConfigureAwait(false);
            using var made = call(member, new CallOptions(headers, cancellationToken: limit.Token));
            var answer = await made.ResponseAsync.ConfigureAwait(false);
            NoteTerm(header(answer).RaftTerm);
            return answer;
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
        catch (OperationCanceledException e)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, typeof(EtcdLockProvider));
            throw Failed(member, EtcdErrors.TimedOut(member.Endpoint, Timeout, e));
        }
        catch (RpcException e)
        {
            throw Failed(member, e);
        }
    }

    /// <summary>What to send along with a call so that etcd knows the user; null where there is none.</summary>
    internal async ValueTask<Metadata?> HeadersAsync(EtcdMember member, CancellationToken cancellationToken)
    {
        if (_options is not { UserName: { } user, Password: { } password })
        {
            return null;
        }

        if (member.UserToken is not { } token)
        {
            var request = new AuthenticateRequest { Name = user, Password = password };
            token = (await member.Users.AuthenticateAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false)).Token;
            member.UserToken = token;
        }

        return new Metadata { { "token", token } };
    }

    /// <summary>Translates a failure, after which another member may be used.</summary>
    internal DistributedLockUnavailableException Failed(EtcdMember member, RpcException error)
    {
        if (EtcdErrors.IsTokenRefused(error))
        {
            member.UserToken = null;
        }

        var fault = EtcdErrors.Translate(error, member.Endpoint);
        return EtcdErrors.IsOfMember(error) ? Failed(member, fault) : fault;
    }

    /// <summary>Goes on with the next member, unless that has happened already.</summary>
    internal DistributedLockUnavailableException Failed(EtcdMember member, DistributedLockUnavailableException fault)
    {
        var current = Volatile.Read(ref _current);
        if (_members.Length > 1
            && _members[(uint)current % _members.Length] == member
            && Interlocked.CompareExchange(ref _current, unchecked(current + 1), current) == current)
        {
            Log.EndpointChanged(_logger, member.Endpoint, Member.Endpoint, fault.Message);
        }

        // Also where it is the only one: what was sent over its streams may never be answered.
        member.Leave(fault);
        return fault;
    }

    /// <summary>
    /// Notes the term of an answer. False when it is an old one: the member does not know yet that another leads, and
    /// its word on leases is worth nothing.
    /// </summary>
    internal bool NoteTerm(ulong term) => (long)term == Newest.Raise(ref _newestTerm, (long)term);

    public void Dispose()
    {
        _stop.Cancel();
        Array.ForEach(_members, member =>
        {
            member.Leave(new ObjectDisposedException(nameof(EtcdLockProvider)));
            member.Dispose();
        });
    }
}
