using DistributedLocking;
using DistributedLocking.Etcd;
using DistributedLocking.Etcd.Configuration;
using DistributedLocking.Providers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers <see cref="IDistributedLock"/> on etcd.</summary>
/// <remarks>
/// <para>Nothing is connected before the first use of the lock. Connections are closed with the service
/// provider.</para>
/// <para>
/// Options are validated at the host's start, or else when the lock is first resolved, with an
/// <see cref="OptionsValidationException"/>.
/// </para>
/// </remarks>
public static class EtcdLockServiceCollectionExtensions
{
    /// <summary>Adds a lock on the etcd that an endpoint names.</summary>
    /// <param name="services">The services.</param>
    /// <param name="endpoint">A member of the cluster, such as <c>http://localhost:2379</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddEtcdLock(this IServiceCollection services, string endpoint) => Add(services, null, endpoint);

    /// <summary>Adds a lock on an etcd cluster.</summary>
    /// <param name="services">The services.</param>
    /// <param name="endpoints">
    /// Members of the cluster, such as <c>http://etcd-1:2379</c>. One is used until it does not serve; then the next.
    /// </param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddEtcdLock(this IServiceCollection services, IEnumerable<string> endpoints) => Add(services, null, endpoints);

    /// <summary>Adds a lock with options.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddEtcdLock(this IServiceCollection services, Action<EtcdLockOptions> configure) => Add(services, null, configure);

    /// <summary>
    /// Adds a lock whose options are in a configuration section. A key that is unknown or has a bad value is an error.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section whose children are members of <see cref="EtcdLockOptions"/>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddEtcdLock(this IServiceCollection services, IConfiguration section) => Add(services, null, section);

    /// <summary>Adds a keyed lock on the etcd that an endpoint names.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key, as in <c>[FromKeyedServices("orders")] IDistributedLock</c>.</param>
    /// <param name="endpoint">A member of the cluster, such as <c>http://localhost:2379</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedEtcdLock(this IServiceCollection services, object serviceKey, string endpoint)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        return Add(services, serviceKey, endpoint);
    }

    /// <summary>Adds a keyed lock on an etcd cluster.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key, as in <c>[FromKeyedServices("orders")] IDistributedLock</c>.</param>
    /// <param name="endpoints">
    /// Members of the cluster, such as <c>http://etcd-1:2379</c>. One is used until it does not serve; then the next.
    /// </param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedEtcdLock(this IServiceCollection services, object serviceKey, IEnumerable<string> endpoints)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        return Add(services, serviceKey, endpoints);
    }

    /// <summary>Adds a keyed lock with options.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key, as in <c>[FromKeyedServices("orders")] IDistributedLock</c>.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedEtcdLock(this IServiceCollection services, object serviceKey, Action<EtcdLockOptions> configure)
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
    /// <param name="section">The section whose children are members of <see cref="EtcdLockOptions"/>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedEtcdLock(this IServiceCollection services, object serviceKey, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        return Add(services, serviceKey, section);
    }

    private static IServiceCollection Add(IServiceCollection services, object? serviceKey, string endpoint)
    {
        ConnectionStringArgument.ThrowIfMissing(endpoint, "etcd");
        return Add(services, serviceKey, [endpoint]);
    }

    private static IServiceCollection Add(IServiceCollection services, object? serviceKey, IEnumerable<string> endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        IReadOnlyList<string> copy = [.. endpoints];
        return Add(services, serviceKey, options => options.Endpoints = copy);
    }

    private static IServiceCollection Add(IServiceCollection services, object? serviceKey, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return Add(services, serviceKey, options => EtcdLockOptionsReader.Read(section, options));
    }

    private static IServiceCollection Add(IServiceCollection services, object? serviceKey, Action<EtcdLockOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddDistributedLock(
            serviceKey,
            new EtcdLockOptionsValidator(),
            configure,
            static (provider, options) => new EtcdLockProvider(options, provider.GetService<ILoggerFactory>(), provider.GetService<TimeProvider>()));
    }
}
