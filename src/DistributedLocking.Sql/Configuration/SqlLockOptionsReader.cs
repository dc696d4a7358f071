using DistributedLocking.Providers;

namespace DistributedLocking.Sql.Configuration;

/// <summary>Reads a configuration section into the options.</summary>
public static class SqlLockOptionsReader
{
    /// <summary>
    /// Reads the members that all SQL providers share, those of <see cref="DistributedLockOptions"/> included.
    /// <c>UnusedKeyRetention</c> and <c>LongHoldWarning</c> may be <c>infinite</c>.
    /// </summary>
    /// <param name="section">The section's reader.</param>
    /// <param name="options">Where the values go.</param>
    public static void ReadSql(this LockOptionsSection section, SqlLockOptions options)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(options);
        section.ReadCommon(options);
        section.ReadText(nameof(options.ConnectionString), value => options.ConnectionString = value);
        section.Read(nameof(options.Mode), $"{nameof(SqlLockMode.RowLock)} or {nameof(SqlLockMode.Lease)}", ParseMode, value => options.Mode = value);
        section.ReadText(nameof(options.Table), value => options.Table = value);
        section.ReadText(nameof(options.Schema), value => options.Schema = value);
        section.ReadBoolean(nameof(options.CreateTable), value => options.CreateTable = value);
        section.ReadDuration(nameof(options.CommandTimeout), value => options.CommandTimeout = value);
        section.ReadInt32(nameof(options.MaxConnections), value => options.MaxConnections = value);
        section.ReadDurationOrInfinite(nameof(options.UnusedKeyRetention), value => options.UnusedKeyRetention = value);
        section.ReadDurationOrInfinite(nameof(options.LongHoldWarning), value => options.LongHoldWarning = value);
    }

    // Enum.Parse would also read numbers and lists of names.
    private static SqlLockMode ParseMode(string text)
    {
        foreach (var mode in Enum.GetValues<SqlLockMode>())
        {
            if (mode.ToString().Equals(text.Trim(), StringComparison.OrdinalIgnoreCase))
            {
                return mode;
            }
        }

        throw new FormatException();
    }
}
