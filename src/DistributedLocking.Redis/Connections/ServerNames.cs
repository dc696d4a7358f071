using System.Globalization;
using System.Net;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Connections;

/// <summary>How servers are named in messages.</summary>
/// <remarks>
/// The client reads what follows a comma in a password as one more server. So only servers that surely are ones are
/// named: those before the first setting of a connection string, else the first that is configured; and any that is not
/// configured, since the servers told the client of it.
/// </remarks>
internal sealed class ServerNames
{
    private readonly EndPoint[] _shown;
    private readonly EndPoint[] _withheld;
    private readonly bool _isEncrypted;

    /// <param name="endPoints">The servers that are configured, in their order.</param>
    /// <param name="connectionString">The connection string that names them, if there is one.</param>
    /// <param name="isEncrypted">Whether the default port is that of TLS.</param>
    internal ServerNames(IEnumerable<EndPoint> endPoints, string? connectionString, bool isEncrypted)
    {
        var all = endPoints.ToArray();
        var shown = connectionString is null
            ? 1
            : connectionString.Split(',').TakeWhile(part => !part.Contains('=', StringComparison.Ordinal)).Count(part => !string.IsNullOrWhiteSpace(part));
        _shown = [.. all.Take(shown)];
        _withheld = [.. all.Skip(shown)];
        _isEncrypted = isEncrypted;
        All = (_shown.Length, _withheld.Length) switch
        {
            (0, _) => null,
            (_, 0) => string.Join(", ", _shown.Select(Text)),
            var (_, more) => string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", _shown.Select(Text))} and {more} more"),
        };
    }

    /// <summary>Whether all that is configured as a server surely is one.</summary>
    internal bool AreAllShown => _withheld.Length == 0;

    /// <summary>The servers as a whole; null when none may be named.</summary>
    internal string? All { get; }

    /// <summary>The server to look at when there is no connection; null when there is none.</summary>
    internal EndPoint? First => _shown.FirstOrDefault();

    /// <summary>One server; null when it may not be named.</summary>
    internal string? Of(EndPoint? endPoint) => endPoint is null || Array.Exists(_withheld, other => other.Equals(endPoint)) ? All : Text(endPoint);

    internal static ServerNames Of(IConnectionMultiplexer multiplexer)
    {
        try
        {
            return new ServerNames(multiplexer.GetEndPoints(configuredOnly: true) ?? [], connectionString: null, isEncrypted: false);
        }
        catch (Exception)
        {
            // A stand-in for a multiplexer need not know its servers.
            return new ServerNames([], connectionString: null, isEncrypted: false);
        }
    }

    private string Text(EndPoint endPoint) => endPoint switch
    {
        DnsEndPoint { Port: 0 } dns => string.Create(CultureInfo.InvariantCulture, $"{dns.Host}:{(_isEncrypted ? 6380 : 6379)}"),
        DnsEndPoint dns => string.Create(CultureInfo.InvariantCulture, $"{dns.Host}:{dns.Port}"),
        _ => endPoint.ToString() ?? "",
    };
}
