using DistributedLocking.Providers;
using DistributedLocking.Sql.Configuration;
using Microsoft.Extensions.Configuration;

namespace DistributedLocking.PostgreSql.Configuration;

/// <summary>Reads a configuration section into the options.</summary>
internal static class PostgreSqlLockOptionsReader
{
    internal static void Read(IConfiguration section, PostgreSqlLockOptions options)
    {
        var reader = new LockOptionsSection(section);
        reader.ReadSql(options);
        reader.ReadBoolean(nameof(options.UseNotifications), value => options.UseNotifications = value);
        reader.Complete(typeof(PostgreSqlLockOptions));
    }
}
