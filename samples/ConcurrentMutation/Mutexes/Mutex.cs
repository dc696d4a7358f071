using ConcurrentMutation.Options;
using ConcurrentMutation.Run;
using DistributedLocking;
using Microsoft.Extensions.DependencyInjection;

namespace ConcurrentMutation.Mutexes;

/// <summary>
/// The distributed lock behind the mutex stages. This is all that an application does to choose a backend.
/// </summary>
internal static class Mutex
{
    internal static ServiceProvider CreateServices(DemoOptions options)
    {
        var services = new ServiceCollection();
        _ = options.Mutex switch
        {
            MutexKind.File => services.AddFileSystemLock(Folder(options)),
            MutexKind.Memory => services.AddInMemoryLock(),
            MutexKind.Redis => services.AddRedisLock(options.Redis),
            MutexKind.MySql => services.AddMySqlLock(options.MySql),
            MutexKind.Postgres => services.AddPostgreSqlLock(options.Postgres),
            MutexKind.Etcd => services.AddEtcdLock(options.Etcd.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
            _ => throw new NotSupportedException($"There is no lock for {options.Mutex}."),
        };
        return services.BuildServiceProvider();
    }

    /// <summary>
    /// Takes a lock once: an unreachable store is found before the first stage, and the first mutation does not wait
    /// for a connection.
    /// </summary>
    /// <exception cref="DemoException">The lock's store does not work.</exception>
    internal static async Task ProbeAsync(DemoOptions options, ServiceProvider services, CancellationToken cancellationToken)
    {
        try
        {
            var locks = services.GetRequiredService<IDistributedLock>();

            // Null means that another run probes right now, so the store works.
            await using var handle = await locks.TryAcquireAsync("concurrent-mutation:probe", cancellationToken: cancellationToken);
        }
        catch (Exception exception) when (exception is DistributedLockException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new DemoException($"the mutex {Describe(options)} can't be used: {exception.Message}", innerException: exception);
        }
    }

    internal static string Describe(DemoOptions options) => options.Mutex switch
    {
        MutexKind.File => $"file ({Folder(options)})",
        MutexKind.Redis => $"redis ({ConnectionText.Redact(options.Redis)})",
        MutexKind.MySql => $"mysql ({ConnectionText.RedactSql(options.MySql)})",
        MutexKind.Postgres => $"postgres ({ConnectionText.RedactSql(options.Postgres)})",
        MutexKind.Etcd => $"etcd ({options.Etcd})",
        _ => "memory",
    };

    private static string Folder(DemoOptions options) => Path.Combine(options.Data, "locks");
}
