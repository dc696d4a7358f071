using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Sql.DependencyInjection;

/// <summary>
/// Finds the data source that is registered: one of the driver's own type rather than a <see cref="DbDataSource"/>,
/// since an application with two drivers has two of the former and one of the latter; one of the lock's key rather than
/// one without a key.
/// </summary>
/// <param name="driverType">The driver's own type of data source, or null.</param>
internal sealed class RegisteredDataSource(Type? driverType)
{
    private readonly Type[] _types = driverType is null ? [typeof(DbDataSource)] : [driverType, typeof(DbDataSource)];

    /// <summary>Whether there is one. Nothing is resolved.</summary>
    internal bool Exists(IServiceProviderIsService registered, object? serviceKey) => Array.Exists(
        _types,
        type => registered.IsService(type)
            || (serviceKey is not null && registered is IServiceProviderIsKeyedService keyed && keyed.IsKeyedService(type, serviceKey)));

    /// <exception cref="InvalidOperationException">There is none.</exception>
    internal DbDataSource Get(IServiceProvider services, object? serviceKey) =>
        (serviceKey is null ? null : Find(services as IKeyedServiceProvider, serviceKey))
        ?? Find(services)
        ?? services.GetRequiredService<DbDataSource>();

    private DbDataSource? Find(IKeyedServiceProvider? services, object serviceKey) =>
        _types.Select(type => services?.GetKeyedService(type, serviceKey)).OfType<DbDataSource>().FirstOrDefault();

    private DbDataSource? Find(IServiceProvider services) => _types.Select(services.GetService).OfType<DbDataSource>().FirstOrDefault();
}
