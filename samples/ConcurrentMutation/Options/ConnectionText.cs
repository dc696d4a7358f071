using System.Data.Common;

namespace ConcurrentMutation.Options;

/// <summary>
/// Connection strings. They may hold a password, also where somebody mistyped them: nothing here quotes one.
/// </summary>
internal static class ConnectionText
{
    private static readonly string[] Host = ["Server", "Host", "Data Source", "DataSource", "Address"];
    private static readonly string[] Port = ["Port"];
    private static readonly string[] Database = ["Database", "Initial Catalog", "DB"];

    /// <summary>
    /// The hosts of a StackExchange.Redis connection string, without its settings: those may hold a password.
    /// </summary>
    internal static string Redact(string redis) =>
        string.Join(',', redis.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(part => !part.Contains('=', StringComparison.Ordinal)));

    /// <summary>
    /// The server and the database of an ADO.NET connection string, as <c>host:port/database</c>; a part that it does
    /// not name is left out.
    /// </summary>
    internal static string RedactSql(string connection)
    {
        var settings = new DbConnectionStringBuilder { ConnectionString = connection };
        return Find(settings, Host) + Prefixed(':', Find(settings, Port)) + Prefixed('/', Find(settings, Database));
    }

    /// <summary>Checks an ADO.NET connection string, so that the first to stumble over it is not a worker.</summary>
    /// <param name="connection">The connection string.</param>
    /// <param name="driver">The driver whose settings it may have.</param>
    /// <returns>The connection string as it is.</returns>
    /// <exception cref="FormatException">The driver can't read it, or it names no server.</exception>
    internal static string CheckSql(string connection, DbProviderFactory driver)
    {
        try
        {
            driver.CreateConnectionStringBuilder()!.ConnectionString = connection;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or NotSupportedException)
        {
            throw new FormatException("not a connection string, or one with a setting that the driver does not know (it is not shown, since it may hold a password)", exception);
        }

        return RedactSql(connection) is [not (':' or '/'), ..] ? connection : throw new FormatException("the connection string names no server");
    }

    private static string Find(DbConnectionStringBuilder settings, string[] names) =>
        names.Select(name => settings.TryGetValue(name, out var value) ? value.ToString() : null).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value)) ?? "";

    private static string Prefixed(char prefix, string text) => text.Length == 0 ? "" : prefix + text;
}
