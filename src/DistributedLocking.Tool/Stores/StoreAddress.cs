using DistributedLocking.Redis;
using DistributedLocking.Sql;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Tool.Stores;

/// <summary>What can keep the locks.</summary>
internal enum StoreKind
{
    Redis,
    PostgreSql,
    MySql,
    Etcd,
    Files,
}

/// <summary>Where the locks are.</summary>
/// <param name="Kind">The kind of store.</param>
/// <param name="Values">Its connection strings, endpoints or directory.</param>
internal sealed record StoreAddress(StoreKind Kind, string[] Values)
{
    internal required bool IsLease { get; init; }

    internal required string KeyPrefix { get; init; }

    /// <summary>How long it has to answer: a program that has just started is slow, too.</summary>
    internal required TimeSpan Timeout { get; init; }

    /// <summary>Opens nothing yet.</summary>
    internal ServiceProvider Open()
    {
        var services = new ServiceCollection();
        _ = Kind switch
        {
            StoreKind.Redis when Values.Length > 1 => services.AddRedisLock(options => Redis(options).Servers = Values),
            StoreKind.Redis => services.AddRedisLock(options => Redis(options).Configuration = One()),
            StoreKind.PostgreSql => services.AddPostgreSqlLock(options => Sql(options).ConnectionString = One()),
            StoreKind.MySql => services.AddMySqlLock(options => Sql(options).ConnectionString = One()),
            StoreKind.Etcd => services.AddEtcdLock(options =>
            {
                Common(options).Endpoints = Values;
                options.CommandTimeout = Timeout;
                options.UserName = Environment.GetEnvironmentVariable("DLOCK_ETCD_USER");
                options.Password = Environment.GetEnvironmentVariable("DLOCK_ETCD_PASSWORD");
                options.CertificateAuthorityFile = Environment.GetEnvironmentVariable("DLOCK_ETCD_CA");
            }),
            _ => services.AddFileSystemLock(options => Common(options).Directory = Path.GetFullPath(One())),
        };
        return services.BuildServiceProvider();
    }

    private string One() => Values is [var one] ? one : throw new UsageException($"{Kind} is named once.");

    private TOptions Common<TOptions>(TOptions options)
        where TOptions : DistributedLockOptions
    {
        options.KeyPrefix = KeyPrefix;
        options.RevealKeys = true;
        return options;
    }

    private RedisLockOptions Redis(RedisLockOptions options)
    {
        options.CommandTimeout = options.ServerTimeout = Timeout;
        return Common(options);
    }

    private TOptions Sql<TOptions>(TOptions options)
        where TOptions : SqlLockOptions
    {
        options.Mode = IsLease ? SqlLockMode.Lease : SqlLockMode.RowLock;
        options.CommandTimeout = Timeout;
        options.LongHoldWarning = System.Threading.Timeout.InfiniteTimeSpan;
        return Common(options);
    }
}
