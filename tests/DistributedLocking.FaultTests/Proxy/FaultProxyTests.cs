using System.Net;
using System.Net.Sockets;
using System.Text;
using DistributedLocking.TestKit.Proxy;

namespace DistributedLocking.FaultTests.Proxy;

/// <summary>The proxy does what the other tests rely on. Behind it is a server that echoes lines.</summary>
public sealed class FaultProxyTests : IAsyncDisposable
{
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly FaultProxy _proxy;

    public FaultProxyTests()
    {
        _server.Start();
        _proxy = new FaultProxy("127.0.0.1", ((IPEndPoint)_server.LocalEndpoint).Port);
        _ = ServeAsync();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _server.Dispose();
    }

    [Fact]
    public async Task Passes_bytes_and_counts_connections()
    {
        using var first = await ConnectAsync();
        using var second = await ConnectAsync();

        (await EchoAsync(first, "a")).ShouldBe("a");
        (await EchoAsync(second, "b")).ShouldBe("b");

        _proxy.Accepted.ShouldBe(2);
        _proxy.Open.ShouldBe(2);
        first.Dispose();
        await UntilAsync(() => _proxy.Open == 1);
    }

    [Theory]
    [InlineData((int)Direction.Requests)]
    [InlineData((int)Direction.Replies)]
    public async Task Held_bytes_come_when_the_hold_ends(int direction)
    {
        using var client = await ConnectAsync();
        Task<string?> echo;
        using (_proxy.Hold((Direction)direction))
        {
            echo = EchoAsync(client, "a");
            await _proxy.WaitUntilCaughtAsync((Direction)direction, Cancel);
            echo.IsCompleted.ShouldBeFalse();
        }

        (await echo).ShouldBe("a");
        (await EchoAsync(client, "b")).ShouldBe("b");
    }

    [Theory]
    [InlineData((int)Direction.Requests)]
    [InlineData((int)Direction.Replies)]
    public async Task Swallowed_bytes_never_come_and_the_connection_is_cut_in_the_end(int direction)
    {
        using var client = await ConnectAsync();
        using var bystander = await ConnectAsync();
        (await EchoAsync(bystander, "before")).ShouldBe("before");
        Task<string?> echo;
        using (_proxy.Swallow((Direction)direction))
        {
            echo = EchoAsync(client, "a");
            await _proxy.WaitUntilCaughtAsync((Direction)direction, Cancel);
            echo.IsCompleted.ShouldBeFalse();
        }

        (await echo).ShouldBeNull();
        (await EchoAsync(bystander, "after")).ShouldBe("after");
    }

    [Fact]
    public async Task Delayed_bytes_come_no_sooner()
    {
        using var client = await ConnectAsync();
        using var requests = _proxy.Delay(Direction.Requests, TimeSpan.FromMilliseconds(60));
        using var replies = _proxy.Delay(Direction.Replies, TimeSpan.FromMilliseconds(40));
        var start = TimeProvider.System.GetTimestamp();

        (await EchoAsync(client, "a")).ShouldBe("a");

        TimeProvider.System.GetElapsedTime(start).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(95));
    }

    [Fact]
    public async Task A_cut_ends_what_is_open_and_a_refusal_what_is_new()
    {
        using var client = await ConnectAsync();
        (await EchoAsync(client, "a")).ShouldBe("a");

        _proxy.Cut();
        (await EchoAsync(client, "b")).ShouldBeNull();

        using (_proxy.Refuse())
        {
            (await ConnectAndEchoAsync("c")).ShouldBeNull();
        }

        using var next = await ConnectAsync();
        (await EchoAsync(next, "d")).ShouldBe("d");
    }

    private static async Task<string?> EchoAsync(TcpClient client, string text)
    {
        try
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text + "\n"), Cancel);
            using var reader = new StreamReader(client.GetStream(), Encoding.ASCII, leaveOpen: true);
            return await reader.ReadLineAsync(Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancel);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private async Task<string?> ConnectAndEchoAsync(string text)
    {
        try
        {
            using var client = await ConnectAsync();
            return await EchoAsync(client, text);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        bound.CancelAfter(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, bound.Token);
        }
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _proxy.Port, Cancel);
        return client;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                _ = EchoAsync(await _server.AcceptSocketAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task EchoAsync(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await stream.CopyToAsync(stream);
        }
        catch (IOException)
        {
            // Cut.
        }
    }
}
