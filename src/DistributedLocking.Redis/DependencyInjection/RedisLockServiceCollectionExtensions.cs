using DistributedLocking;
using DistributedLocking.Providers;
using DistributedLocking.Redis;
using DistributedLocking.Redis.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers <see cref="IDistributedLock"/> on Redis.</summary>
/// <remarks>
/// <para>Nothing is connected before the first use of the lock. A connection that is made from a connection string or
/// from <see cref="ConfigurationOptions"/> is closed with the service provider; an <see cref="IConnectionMultiplexer"/>
/// that was registered is not.</para>
/// <para>
/// Options are validated at the host's start, or else when the lock is first resolved, with an
/// <see cref="OptionsValidationException"/>.
/// </para>
/// </remarks>
public static class RedisLockServiceCollectionExtensions
{
    /// <summary>
    /// Adds a lock over the <see cref="IConnectionMultiplexer"/> that is registered, before or after this call.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddRedisLock(this IServiceCollection services) => AddCore(services, null, null);

    /// <summary>Adds a lock on the server that a connection string names.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">A StackExchange.Redis connection string such as <c>localhost:6379</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddRedisLock(this IServiceCollection services, string configuration) => Add(services, null, configuration);

    /// <summary>Adds a lock that a majority of several independent servers has to grant (Redlock).</summary>
    /// <param name="services">The services.</param>
    /// <param name="servers">A StackExchange.Redis connection string for each server; three or more.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddRedisLock(this IServiceCollection services, IEnumerable<string> servers) => Add(services, null, servers);

    /// <summary>Adds a lock with options.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddRedisLock(this IServiceCollection services, Action<RedisLockOptions> configure) => Add(services, null, configure);

    /// <summary>
    /// Adds a lock whose options are in a configuration section. A key that is unknown or has a bad value is an error.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section whose children are members of <see cref="RedisLockOptions"/>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddRedisLock(this IServiceCollection services, IConfiguration section) => Add(services, null, section);

    /// <summary>
    /// Adds a keyed lock over the <see cref="IConnectionMultiplexer"/> that is registered under the same key, or else
    /// over the one that is registered without a key.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key, as in <c>[FromKeyedServices("orders")] IDistributedLock</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedRedisLock(this IServiceCollection services, object serviceKey)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        return AddCore(services, serviceKey, null);
    }

    /// <summary>Adds a keyed lock on the server that a connection string names.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key, as in <c>[FromKeyedServices("orders")] IDistributedLock</c>.</param>
    /// <param name="configuration">A StackExchange.Redis connection string such as <c>localhost:6379</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedRedisLock(this IServiceCollection services, object serviceKey, string configuration)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        return Add(services, serviceKey, configuration);
    }

    /// <summary>Adds a keyed lock that a majority of several independent servers has to grant (Redlock).</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key, as in <c>[FromKeyedServices("orders")] IDistributedLock</c>.</param>
    /// <param name="servers">A StackExchange.Redis connection string for each server; three or more.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedRedisLock(this IServiceCollection services, object serviceKey, IEnumerable<string> servers)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        return Add(services, serviceKey, servers);
    }

    /// <summary>Adds a keyed lock with options.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key, as in <c>[FromKeyedServices("orders")] IDistributedLock</c>.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedRedisLock(this IServiceCollection services, object serviceKey, Action<RedisLockOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        return Add(services, serviceKey, configure);
    }

    /// <summary>
    /// Adds a keyed lock whose options are in a configuration section. A key that is unknown or has a bad value is an
    /// error.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key, as in <c>[FromKeyedServices("orders")] IDistributedLock</c>.</param>
    /// <param name="section">The section whose children are members of <see cref="RedisLockOptions"/>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedRedisLock(this IServiceCollection services, object serviceKey, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        return Add(services, serviceKey, section);
    }

    private static IServiceCollection Add(IServiceCollection services, object? serviceKey, string configuration)
    {
        ConnectionStringArgument.ThrowIfMissing(configuration, "Redis");
        return AddCore(services, serviceKey, options => options.Configuration = configuration);
    }

    private static IServiceCollection Add(IServiceCollection services, object? serviceKey, IEnumerable<string> servers)
    {
        ArgumentNullException.ThrowIfNull(servers);
        IReadOnlyList<string> copy = [.. servers];
        return AddCore(services, serviceKey, options => options.Servers = copy);
    }

    private static IServiceCollection Add(IServiceCollection services, object? serviceKey, Action<RedisLockOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return AddCore(services, serviceKey, configure);
    }

    private static IServiceCollection Add(IServiceCollection services, object? serviceKey, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return AddCore(services, serviceKey, options => RedisLockOptionsReader.Read(section, options));
    }

    private static IServiceCollection AddCore(IServiceCollection services, object? serviceKey, Action<RedisLockOptions>? configure)
    {
        services.AddDistributedLock(
            serviceKey,
            new RedisLockOptionsValidator(),
            options =>
            {
                options.ServiceKey = serviceKey;
                configure?.Invoke(options);
            },
            CreateProvider);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisLockOptions>, RegisteredMultiplexerValidator>());
        return services;
    }

    private static ILockProvider CreateProvider(IServiceProvider services, RedisLockOptions options)
    {
        if (options.IsQuorum)
        {
            return new RedisQuorumLockProvider(options, services.GetService<ILoggerFactory>(), services.GetService<TimeProvider>());
        }

        var given = options.IsUnnamed ? GetMultiplexer(services, options.ServiceKey) : null;
        return new RedisLockProvider(options, services.GetService<ILoggerFactory>(), services.GetService<TimeProvider>(), given);
    }

    private static IConnectionMultiplexer GetMultiplexer(IServiceProvider services, object? serviceKey) =>
        (serviceKey is null ? null : services.GetKeyedService<IConnectionMultiplexer>(serviceKey)) ?? services.GetRequiredService<IConnectionMultiplexer>();
}
