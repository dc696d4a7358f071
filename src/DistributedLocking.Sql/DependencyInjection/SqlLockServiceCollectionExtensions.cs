using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Sql.DependencyInjection;

/// <summary>What the <c>AddXyzLock</c> methods of the SQL packages are made of.</summary>
public static class SqlLockServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="IDistributedLock"/> as a singleton over a SQL provider. Options are validated at the host's
    /// start, or else when the lock is first resolved; that there is a data source where the options name none is one
    /// of the checks. Nothing is connected here.
    /// </summary>
    /// <typeparam name="TOptions">The database's options.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key of a keyed registration, or null.</param>
    /// <param name="validator">Checks the options.</param>
    /// <param name="configure">Sets the options; null for the defaults.</param>
    /// <param name="dataSourceType">
    /// The driver's own type of data source, which is taken rather than a <see cref="DbDataSource"/> if it is
    /// registered; null when there is none.
    /// </param>
    /// <param name="createProvider">
    /// Makes the provider from the validated options, and from a data source unless they have a connection string.
    /// </param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddSqlLock<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TOptions>(
        this IServiceCollection services,
        object? serviceKey,
        SqlLockOptionsValidator<TOptions> validator,
        Action<TOptions>? configure,
        Type? dataSourceType,
        Func<IServiceProvider, TOptions, DbDataSource?, ILockProvider> createProvider)
        where TOptions : SqlLockOptions
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(createProvider);
        var registered = new RegisteredDataSource(dataSourceType);
        services.AddDistributedLock(
            serviceKey,
            validator,
            options =>
            {
                options.ServiceKey = serviceKey;
                configure?.Invoke(options);
            },
            (provider, options) => createProvider(provider, options, GetDataSource(provider, options, registered)));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, RegisteredDataSourceValidator<TOptions>>(
            provider => new RegisteredDataSourceValidator<TOptions>(provider, registered)));
        return services;
    }

    private static DbDataSource? GetDataSource(IServiceProvider services, SqlLockOptions options, RegisteredDataSource registered) => options switch
    {
        { ConnectionString: not null } => null,
        { DataSource: { } create } => create(services) ?? throw new InvalidOperationException($"{nameof(options.DataSource)} returned null."),
        _ => registered.Get(services, options.ServiceKey),
    };
}
