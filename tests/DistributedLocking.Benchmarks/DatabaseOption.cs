using System.CommandLine;
using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks;

/// <summary>The option that chooses what is measured.</summary>
internal static class DatabaseOption
{
    internal static Option<string> Create(IReadOnlyList<string> names)
    {
        var option = new Option<string>("--database")
        {
            Description = "What keeps the locks. A server is started where it takes one, unless DISTRIBUTEDLOCKING_REDIS (host:port), DISTRIBUTEDLOCKING_POSTGRESQL or DISTRIBUTEDLOCKING_MYSQL (connection strings) names one.",
            DefaultValueFactory = _ => RedisStore.StoreName,
        };
        option.AcceptOnlyFromAmong([.. names]);
        return option;
    }
}
