using System.Net;
using System.Net.Sockets;

namespace DistributedLocking.Redis.Tests.Doubles;

/// <summary>Addresses where nobody listens.</summary>
internal static class ClosedPort
{
    internal static string Address()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener.LocalEndpoint.ToString()!;
    }
}
