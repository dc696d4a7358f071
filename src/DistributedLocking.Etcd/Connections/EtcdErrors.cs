using DistributedLocking.Providers;
using Grpc.Core;

namespace DistributedLocking.Etcd.Connections;

/// <summary>
/// Turns what gRPC and etcd answer into <see cref="DistributedLockUnavailableException"/>: with the member's address
/// and the reason, and never with a user or a password.
/// </summary>
internal static class EtcdErrors
{
    /// <summary>A lease that a call named has ended.</summary>
    internal static bool IsLeaseGone(Exception error) =>
        error.InnerException is RpcException { StatusCode: StatusCode.NotFound } inner && inner.Status.Detail.Contains("lease", StringComparison.Ordinal);

    /// <summary>The token that a user was given is not known (any more), as after a restart of the member.</summary>
    internal static bool IsTokenRefused(RpcException error) =>
        error.StatusCode == StatusCode.Unauthenticated || error.Status.Detail.Contains("invalid auth token", StringComparison.Ordinal);

    /// <summary>Whether another member may do better.</summary>
    internal static bool IsOfMember(RpcException error) => error.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Internal
        or StatusCode.Unknown or StatusCode.Cancelled;

    internal static DistributedLockUnavailableException TimedOut(string endpoint, TimeSpan timeout, Exception error) =>
        new($"etcd at {endpoint} did not answer within {timeout} ({nameof(EtcdLockOptions.CommandTimeout)}).", error);

    internal static DistributedLockUnavailableException Translate(RpcException error, string endpoint)
    {
        var detail = error.Status.Detail;
        return error.StatusCode switch
        {
            _ when IsTokenRefused(error) => new($"etcd at {endpoint} does not know this client any more, which gives its name again.", error),
            StatusCode.PermissionDenied => new($"etcd at {endpoint} refused: the user lacks a permission on the lock's keys.", error) { IsTransient = false },
            StatusCode.InvalidArgument when detail.Contains("authentication failed", StringComparison.Ordinal) =>
                new($"etcd at {endpoint} refused the user name or the password.", error) { IsTransient = false },
            StatusCode.InvalidArgument when detail.Contains("user name is empty", StringComparison.Ordinal) =>
                new($"etcd at {endpoint} asks for a user and a password.", error) { IsTransient = false },
            StatusCode.FailedPrecondition when detail.Contains("authentication is not enabled", StringComparison.Ordinal) =>
                new($"etcd at {endpoint} knows no users, but {nameof(EtcdLockOptions.UserName)} is set.", error) { IsTransient = false },
            StatusCode.Unimplemented => new($"{endpoint} does not serve etcd's API.", error) { IsTransient = false },
            StatusCode.ResourceExhausted => new($"etcd at {endpoint} has no room: {Quoted(detail)}.", error),
            StatusCode.NotFound => new($"A lease of the lock's has ended in etcd at {endpoint}.", error),
            _ when Connecting(error) is { } cause => new($"There is no connection to etcd: {Explain(cause, endpoint)}.", error) { IsUnsent = true },
            StatusCode.Unavailable => new($"etcd at {endpoint} does not serve: {Quoted(detail)}.", error),
            _ => new($"etcd at {endpoint} failed: {error.StatusCode}.", error),
        };
    }

    private static string Explain(HttpRequestException cause, string endpoint) => cause.HttpRequestError == HttpRequestError.SecureConnectionError
        ? $"no secure connection to {endpoint}, whose certificate is not trusted, or which asks for one"
        : SocketFault.Find(cause, endpoint) ?? $"{endpoint} can't be reached";

    /// <summary>The failure to connect; null where the request may have been sent.</summary>
    private static HttpRequestException? Connecting(RpcException error) => (error.Status.DebugException ?? error.InnerException) is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
        or HttpRequestError.ProxyTunnelError,
    } cause
        ? cause
        : null;

    // What the server itself says; what the client says of its sockets may be long.
    private static string Quoted(string detail) => detail.StartsWith("etcdserver:", StringComparison.Ordinal) ? detail : "the connection was cut";
}
