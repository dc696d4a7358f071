using System.Diagnostics.CodeAnalysis;
using DistributedLocking;
using DistributedLocking.Hosting;
using DistributedLocking.Hosting.DependencyInjection;
using DistributedLocking.Hosting.Leadership;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers hosted services of which one runs in the fleet.</summary>
public static class LeaderHostedServiceCollectionExtensions
{
    /// <summary>
    /// Registers a hosted service that runs in one process of the fleet at a time: the one that holds the lock of the
    /// key. An <see cref="IDistributedLock"/> must be registered, too.
    /// </summary>
    /// <remarks>
    /// Each term has a new instance in a service scope of its own, in which <see cref="ILeadership"/> can be injected.
    /// When the leadership is lost, or the host stops, the instance is stopped as a host stops it; then the lock is
    /// released, so that another process leads at once. When it fails, this fails as any
    /// <see cref="BackgroundService"/> does, which by default stops the host, after the lock was released.
    /// </remarks>
    /// <typeparam name="TService">
    /// The service, a <see cref="BackgroundService"/> for example. It need not be registered itself.
    /// </typeparam>
    /// <param name="services">The services.</param>
    /// <param name="key">What to lead for: the key of a lock.</param>
    /// <param name="configure">
    /// Sets the options; null for the defaults. They are validated when the host starts.
    /// </param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddLeaderHostedService<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TService>(
        this IServiceCollection services, string key, Action<LeaderOptions>? configure = null)
        where TService : class, IHostedService
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(key);
        var name = $"{typeof(TService).FullName}:{key}";
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LeaderOptions>, LeaderOptionsValidator>());
        var options = services.AddOptionsWithValidateOnStart<LeaderOptions>(name);
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddScoped<LeadershipScope>();
        services.TryAddScoped(static provider => provider.GetRequiredService<LeadershipScope>().Current);
        return services.AddSingleton<IHostedService>(provider =>
        {
            var values = provider.GetRequiredService<IOptionsMonitor<LeaderOptions>>().Get(name);
            return new LeaderHostedService<TService>(
                provider.GetRequiredService<IServiceScopeFactory>(),
                values.ServiceKey is { } serviceKey ? provider.GetRequiredKeyedService<IDistributedLock>(serviceKey) : provider.GetRequiredService<IDistributedLock>(),
                key,
                values,
                provider.GetService<TimeProvider>() ?? TimeProvider.System,
                provider.GetService<ILoggerFactory>()?.CreateLogger(Log.Category) ?? NullLogger.Instance);
        });
    }
}
