using System.Net;
using System.Net.Sockets;

namespace DistributedLocking.Providers;

/// <summary>Why a server can't be reached, in words for an exception's message.</summary>
public static class SocketFault
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Says what a socket's exception inside of a driver's means.</summary>
    /// <param name="error">What the driver threw.</param>
    /// <param name="server">The server's name, such as <c>localhost:6379</c>; null when it can't be named.</param>
    /// <returns>
    /// A clause such as "connection refused by localhost:6379"; null when there is no socket's exception.
    /// </returns>
    public static string? Find(Exception? error, string? server)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is SocketException socket)
            {
                return Explain(socket.SocketErrorCode, server ?? "the server");
            }
        }

        return null;
    }

    /// <summary>
    /// Finds out why a driver can't connect that keeps the reason to itself: tries to reach the server, for a second.
    /// It never throws.
    /// </summary>
    /// <param name="endPoint">The server.</param>
    /// <param name="server">The server's name, such as <c>localhost:6379</c>; null when it can't be named.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <returns>
    /// A clause such as "connection refused by localhost:6379"; null when the server accepts a connection.
    /// </returns>
    public static async Task<string?> ProbeAsync(EndPoint endPoint, string? server, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        try
        {
            using var timeout = new CancellationTokenSource(Patience, timeProvider);
            using var socket = endPoint.AddressFamily == AddressFamily.Unix
                ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
                : new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(endPoint, timeout.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException)
        {
            return Explain(SocketError.TimedOut, server ?? "the server");
        }
        catch (Exception e)
        {
            return Find(e, server);
        }
    }

    private static string Explain(SocketError error, string server) => error switch
    {
        SocketError.ConnectionRefused => $"connection refused by {server}",
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => $"connection cut by {server}",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => $"host of {server} not found",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown => $"no route to {server}",
        SocketError.TimedOut => $"no answer from {server}",
        _ => $"{server} can't be reached ({error})",
    };
}
