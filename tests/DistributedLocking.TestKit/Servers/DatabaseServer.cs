using System.Data.Common;
using System.Globalization;
using DistributedLocking.TestKit.Proxy;

namespace DistributedLocking.TestKit.Servers;

/// <summary>A database server for a test.</summary>
public abstract class DatabaseServer : ServerProcess
{
    private protected const string Locks = "locks";

    private readonly DbConnectionStringBuilder _parts;

    private protected DatabaseServer(DbConnectionStringBuilder parts, int defaultPort, string? directory)
        : base(Part(parts, "Server", "Host", "Data Source"), Number(Part(parts, "Port"), defaultPort), directory)
    {
        _parts = parts;
    }

    /// <summary>How an ADO.NET driver connects: to a database that exists, as a user who may do everything.</summary>
    public string ConnectionString => _parts.ConnectionString;

    /// <summary>The user's name.</summary>
    public string User => Part(_parts, "User ID", "Username", "User", "Uid", "User Name");

    /// <summary>The user's password.</summary>
    public string Password => Part(_parts, "Password", "Pwd");

    /// <summary>The database's name.</summary>
    public string Database => Part(_parts, "Database", "Initial Catalog");

    /// <summary>The connection string through a proxy before the server.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <returns>The connection string.</returns>
    public string Through(FaultProxy proxy)
    {
        ArgumentNullException.ThrowIfNull(proxy);
        var parts = new DbConnectionStringBuilder
        {
            ConnectionString = ConnectionString,
            ["Port"] = proxy.Port.ToString(CultureInfo.InvariantCulture),
        };
        return parts.ConnectionString;
    }

    private protected static DbConnectionStringBuilder? Named(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? new DbConnectionStringBuilder { ConnectionString = value } : null;

    private static int Number(string text, int otherwise) => text.Length > 0 ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static string Part(DbConnectionStringBuilder parts, params string[] names)
    {
        foreach (var name in names)
        {
            if (parts.TryGetValue(name, out var value))
            {
                return (string)value;
            }
        }

        return "";
    }
}
