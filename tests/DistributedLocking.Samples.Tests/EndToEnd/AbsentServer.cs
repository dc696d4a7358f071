using System.Net;
using System.Net.Sockets;

namespace DistributedLocking.Samples.Tests.EndToEnd;

/// <summary>A loopback port that refuses connections and that nobody else can get.</summary>
internal sealed class AbsentServer : IDisposable
{
    private readonly Socket reserved = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    internal AbsentServer() => reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    internal int Port => ((IPEndPoint)reserved.LocalEndPoint!).Port;

    public void Dispose() => reserved.Dispose();
}
