using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace DistributedLocking.TestKit.Servers;

/// <summary>
/// A plain connection to Redis that sends commands and returns their answers as text. No errors are hidden and nothing
/// is retried.
/// </summary>
public sealed class RedisWire : IAsyncDisposable
{
    private readonly TcpClient _client;
    private readonly Stream _stream;

    private RedisWire(TcpClient client)
    {
        _client = client;
        _stream = client.GetStream();
    }

    /// <summary>Sends one command.</summary>
    /// <param name="command">The command and its arguments.</param>
    /// <returns>Null for nil, "OK" and the like, a number as text, or the elements of an array one a line.</returns>
    /// <exception cref="InvalidOperationException">The server answered with an error, which is the message.</exception>
    public async Task<string?> SendAsync(params string[] command)
    {
        var request = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{command.Length}\r\n");
        foreach (var argument in command)
        {
            request.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(argument)}\r\n{argument}\r\n");
        }

        await _stream.WriteAsync(Encoding.UTF8.GetBytes(request.ToString()));
        return await ReadAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _client.Dispose();
    }

    internal static async Task<RedisWire> ConnectAsync(string host, int port)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(host, port);
        return new RedisWire(client);
    }

    private async Task<string?> ReadAsync()
    {
        var line = await ReadLineAsync();
        var rest = line[1..];
        switch (line[0])
        {
            case '-':
                throw new InvalidOperationException(rest);
            case '$' when int.Parse(rest, CultureInfo.InvariantCulture) is var length:
                return length < 0 ? null : await ReadTextAsync(length);
            case '*':
                var items = new List<string?>();
                for (var count = int.Parse(rest, CultureInfo.InvariantCulture); count > 0; count--)
                {
                    items.Add(await ReadAsync());
                }

                return string.Join('\n', items);
            default:
                return rest;
        }
    }

    private async Task<string> ReadTextAsync(int length)
    {
        var bytes = new byte[length + 2];
        await _stream.ReadExactlyAsync(bytes);
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (line.Count < 2 || line[^2] != '\r' || line[^1] != '\n')
        {
            await _stream.ReadExactlyAsync(one);
            line.Add(one[0]);
        }

        return Encoding.UTF8.GetString([.. line], 0, line.Count - 2);
    }
}
