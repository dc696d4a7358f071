using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Registers the in-memory lock, for one process: tests, development, and applications with a single instance.
/// </summary>
public static class InMemoryLockServiceCollectionExtensions
{
    /// <summary>Registers <see cref="DistributedLocking.IDistributedLock"/> in memory.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options; null for the defaults.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddInMemoryLock(this IServiceCollection services, Action<InMemoryLockOptions>? configure = null) =>
        Add(services, null, configure);

    /// <summary>
    /// Registers <see cref="DistributedLocking.IDistributedLock"/> in memory, with options from a configuration
    /// section.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section; an unknown key or a wrong value is an error at start that names it.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddInMemoryLock(this IServiceCollection services, IConfiguration section) => Add(services, null, Reader(section));

    /// <summary>Registers a keyed <see cref="DistributedLocking.IDistributedLock"/> in memory.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key to inject it by.</param>
    /// <param name="configure">Sets the options; null for the defaults.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedInMemoryLock(
        this IServiceCollection services, object serviceKey, Action<InMemoryLockOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        return Add(services, serviceKey, configure);
    }

    /// <summary>
    /// Registers a keyed <see cref="DistributedLocking.IDistributedLock"/> in memory, with options from a configuration
    /// section.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key to inject it by.</param>
    /// <param name="section">The section; an unknown key or a wrong value is an error at start that names it.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedInMemoryLock(this IServiceCollection services, object serviceKey, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        return Add(services, serviceKey, Reader(section));
    }

    private static IServiceCollection Add(IServiceCollection services, object? serviceKey, Action<InMemoryLockOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(provider => new InMemoryLockStore(provider.GetService<TimeProvider>()));
        return services.AddDistributedLock(
            serviceKey,
            new LockOptionsValidator<InMemoryLockOptions>(),
            configure,
            (provider, options) => new InMemoryLockProvider(options.Store ?? provider.GetRequiredService<InMemoryLockStore>(), options));
    }

    private static Action<InMemoryLockOptions> Reader(IConfiguration configuration)
    {
        var section = configuration ?? throw new ArgumentNullException(nameof(configuration));
        return options =>
        {
            var reader = new LockOptionsSection(section);
            reader.ReadCommon(options);
            reader.Complete(typeof(InMemoryLockOptions));
        };
    }
}
