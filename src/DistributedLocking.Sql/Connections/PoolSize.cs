using System.Data.Common;
using System.Globalization;

namespace DistributedLocking.Sql.Connections;

/// <summary>How many connections a driver's pool has at most, as the connection string says.</summary>
internal static class PoolSize
{
    /// <summary>Where nothing is said; the drivers agree on it.</summary>
    private const int Default = 100;

    private static readonly string[] Names = ["Maximum Pool Size", "Max Pool Size", "MaximumPoolSize", "MaxPoolSize"];

    internal static int Of(DbDataSource dataSource)
    {
        try
        {
            var settings = new DbConnectionStringBuilder { ConnectionString = dataSource.ConnectionString };
            return settings.TryGetValue("Pooling", out var pooling) && Text(pooling) is "false" or "no" or "0" ? int.MaxValue
                : Names.Select(name => settings.TryGetValue(name, out var value) ? Text(value) : null).FirstOrDefault(value => value is not null) is not { } text ? Default
                : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0 ? size
                : int.MaxValue;
        }
        catch (Exception)
        {
            // Another's data source need not have a connection string.
            return int.MaxValue;
        }
    }

    private static string? Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)?.Trim().ToLowerInvariant();
}
