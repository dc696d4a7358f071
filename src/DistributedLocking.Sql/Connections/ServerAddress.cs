using System.Data.Common;
using System.Globalization;
using System.Net;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.Connections;

/// <summary>
/// The server that a data source connects to, for messages. Of the connection string only the host and the port are
/// looked at.
/// </summary>
internal sealed class ServerAddress
{
    private static readonly string[] HostSettings = ["Host", "Server", "Data Source", "DataSource", "Address", "Addr", "Network Address"];
    private static readonly TimeSpan AnswerLasts = TimeSpan.FromSeconds(1);

    private readonly object _lock = new();
    private readonly EndPoint? _endPoint;
    private readonly TimeProvider _time;
    private Task<string?>? _answer;
    private long _askedAt;

    internal ServerAddress(DbDataSource dataSource, SqlDialect dialect, TimeProvider time)
    {
        _time = time;
        var (host, port) = Read(dataSource);
        port = port > 0 ? port : dialect.DefaultPort;
        if (host is null || host.AsSpan().IndexOfAny(',', ':', '/') >= 0 || port is <= 0 or > ushort.MaxValue)
        {
            // Several hosts, an address that has its port, or a socket's path.
            Name = host;
            return;
        }

        Name = string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
        _endPoint = IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
    }

    /// <summary>The host and the port; null when the connection string does not tell.</summary>
    internal string? Name { get; }

    /// <summary>
    /// Says why the server can't be reached; null when it can, or that is unknown. Many calls may fail at once, so it
    /// asks once a second at most.
    /// </summary>
    internal Task<string?> FindFaultAsync()
    {
        if (_endPoint is null)
        {
            return Task.FromResult<string?>(null);
        }

        lock (_lock)
        {
            if (_answer is null || _time.GetElapsedTime(_askedAt) > AnswerLasts)
            {
                _askedAt = _time.GetTimestamp();
                _answer = SocketFault.ProbeAsync(_endPoint, Name, _time);
            }

            return _answer;
        }
    }

    private static (string? Host, int Port) Read(DbDataSource dataSource)
    {
        try
        {
            var settings = new DbConnectionStringBuilder { ConnectionString = dataSource.ConnectionString };
            var host = HostSettings.Select(name => Read(settings, name)).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value));
            return (host, int.TryParse(Read(settings, "Port"), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0);
        }
        catch (Exception)
        {
            // Another's data source need not have a connection string.
            return (null, 0);
        }
    }

    private static string? Read(DbConnectionStringBuilder settings, string name) =>
        settings.TryGetValue(name, out var value) ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;
}
