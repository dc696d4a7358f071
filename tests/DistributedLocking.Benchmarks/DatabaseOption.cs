using System.CommandLine;
using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks;

/// <summary>The option that chooses what is measured.</summary>
internal static class DatabaseOption
{
    internal static Option<string> Create() => Create(Store.Names);

    internal static Option<string> Create(IReadOnlyList<string> names)
    {
        var option = new Option<string>("--database")
        {
            Description = "What keeps the locks. A server is started, unless DISTRIBUTEDLOCKING_REDIS (host:port), DISTRIBUTEDLOCKING_POSTGRESQL or DISTRIBUTEDLOCKING_MYSQL (connection strings) names one.",
            DefaultValueFactory = _ => RedisStore.StoreName,
        };
        option.AcceptOnlyFromAmong([.. names]);
        return option;
    }
}
