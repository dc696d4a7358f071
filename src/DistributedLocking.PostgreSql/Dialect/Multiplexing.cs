using System.Data.Common;
using System.Globalization;

namespace DistributedLocking.PostgreSql.Dialect;

/// <summary>
/// Npgsql's mode in which the statements of many callers share sessions: it prepares nothing for a caller, and
/// statements of one go to several sessions.
/// </summary>
internal static class Multiplexing
{
    private const string Keyword = "Multiplexing";

    /// <summary>
    /// Whether a connection is in that mode. The keyword is looked up as text: Npgsql 11 has no property for it any
    /// more.
    /// </summary>
    internal static bool IsOn(DbConnection connection) =>
        new DbConnectionStringBuilder { ConnectionString = connection.ConnectionString }.TryGetValue(Keyword, out var value)
        && bool.TryParse(Convert.ToString(value, CultureInfo.InvariantCulture), out var isOn) && isOn;
}
