using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using DistributedLocking.DependencyInjection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Providers;

/// <summary>What a provider's <c>AddXyzLock</c> methods are made of.</summary>
public static class LockProviderServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="IDistributedLock"/>, <see cref="IDistributedReaderWriterLock"/>,
    /// <see cref="IDistributedSemaphore"/> and <see cref="IDistributedLockInspector"/> as one singleton over a provider.
    /// Options are validated at the host's start, or else when the first of them is resolved. Nothing is connected here.
    /// </summary>
    /// <remarks>
    /// <para>It takes the place of what this registered before for the same service key, on whatever store: the last
    /// registration is the one that counts, for all of them together, with its own options only.</para>
    /// <para>Where the provider has no reader-writer locks, no semaphores or no inspection, to resolve one of these
    /// throws <see cref="NotSupportedException"/>, with who has them.</para>
    /// </remarks>
    /// <typeparam name="TOptions">The provider's options.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key of a keyed registration, or null.</param>
    /// <param name="validator">Checks the options.</param>
    /// <param name="configure">Sets the options; null for the defaults.</param>
    /// <param name="createProvider">
    /// Makes the provider, which the lock then owns and disposes, from the validated options.
    /// </param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddDistributedLock<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TOptions>(
        this IServiceCollection services,
        object? serviceKey,
        IValidateOptions<TOptions> validator,
        Action<TOptions>? configure,
        Func<IServiceProvider, TOptions, ILockProvider> createProvider)
        where TOptions : DistributedLockOptions
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(validator);
        ArgumentNullException.ThrowIfNull(createProvider);

        var name = OptionsName(serviceKey);
        services.TryAddEnumerable(ServiceDescriptor.Singleton(validator));
        LockRegistration.Add(services, serviceKey, registration =>
        {
            services.AddOptions<TOptions>(name).Configure(options =>
            {
                options.Name = LockName(serviceKey);
                configure?.Invoke(options);
            });
            services.AddOptionsWithValidateOnStart<LockStartup>($"{typeof(TOptions).FullName}:{name}")
                .Validate<IOptionsMonitor<TOptions>>((_, options) => !registration.IsCurrent || options.Get(name) is not null);
            registration.Add(provider => new RegisteredLock(Create(provider)));
            registration.Add<IDistributedLock>(provider => Find(provider).Lock);
            registration.Add<IDistributedReaderWriterLock>(provider => Find(provider).Lock.Require(LockMode.Shared));
            registration.Add<IDistributedSemaphore>(provider => Find(provider).Lock.Require(LockMode.Counted));
            registration.Add<IDistributedLockInspector>(provider => Find(provider).Lock.RequireInspection());
        });
        return services;

        RegisteredLock Find(IServiceProvider provider) =>
            serviceKey is null ? provider.GetRequiredService<RegisteredLock>() : provider.GetRequiredKeyedService<RegisteredLock>(serviceKey);

        DistributedLock Create(IServiceProvider provider)
        {
            var values = provider.GetRequiredService<IOptionsMonitor<TOptions>>().Get(name);
            return new DistributedLock(
                createProvider(provider, values), values, provider.GetService<ILoggerFactory>(), provider.GetService<TimeProvider>());
        }
    }

    private static string? LockName(object? serviceKey) =>
        Convert.ToString(serviceKey, CultureInfo.InvariantCulture) is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    private static string OptionsName(object? serviceKey) => serviceKey switch
    {
        null => Options.DefaultName,
        string text => text,
        _ => $"{serviceKey.GetType().FullName}:{serviceKey}",
    };
}
