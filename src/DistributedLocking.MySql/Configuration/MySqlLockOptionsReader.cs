using DistributedLocking.Providers;
using DistributedLocking.Sql.Configuration;
using Microsoft.Extensions.Configuration;

namespace DistributedLocking.MySql.Configuration;

/// <summary>Reads a configuration section into the options.</summary>
internal static class MySqlLockOptionsReader
{
    internal static void Read(IConfiguration section, MySqlLockOptions options)
    {
        var reader = new LockOptionsSection(section);
        reader.ReadSql(options);
        reader.Complete(typeof(MySqlLockOptions));
    }
}
