using DistributedLocking.Providers;
using Microsoft.Extensions.Configuration;

namespace DistributedLocking.Redis.Configuration;

/// <summary>Reads a configuration section into the options.</summary>
internal static class RedisLockOptionsReader
{
    internal static void Read(IConfiguration section, RedisLockOptions options)
    {
        var reader = new LockOptionsSection(section);
        reader.ReadCommon(options);
        reader.ReadText(nameof(options.Configuration), value => options.Configuration = value);
        reader.ReadTexts(nameof(options.Servers), value => options.Servers = value);
        reader.ReadDuration(nameof(options.ServerTimeout), value => options.ServerTimeout = value);
        reader.ReadInt32(nameof(options.MinReplicas), value => options.MinReplicas = value);
        reader.ReadDuration(nameof(options.ReplicaTimeout), value => options.ReplicaTimeout = value);
        reader.ReadInt32(nameof(options.Database), value => options.Database = value);
        reader.ReadDuration(nameof(options.CommandTimeout), value => options.CommandTimeout = value);
        reader.ReadBoolean(nameof(options.UseNotifications), value => options.UseNotifications = value);
        reader.Complete(typeof(RedisLockOptions));
    }
}
