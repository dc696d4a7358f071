using System.Data.Common;
using System.Runtime.CompilerServices;
using DistributedLocking;
using DistributedLocking.MySql;
using DistributedLocking.MySql.Configuration;
using DistributedLocking.Providers;
using DistributedLocking.Sql.DependencyInjection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MySqlConnector;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers <see cref="IDistributedLock"/> on MySQL or MariaDB.</summary>
/// <remarks>
/// <para>Nothing is connected before the first use of the lock. The data source that is made from a connection string
/// is disposed with the service provider; one that was registered, or that a factory returned, is not.</para>
/// <para>
/// Options are validated at the host's start, or else when the lock is first resolved, with an
/// <see cref="OptionsValidationException"/>.
/// </para>
/// </remarks>
public static class MySqlLockServiceCollectionExtensions
{
    /// <summary>
    /// Adds a lock over the data source that is registered, before or after this call: a <see cref="MySqlDataSource"/>,
    /// or else a <see cref="DbDataSource"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddMySqlLock(this IServiceCollection services) => AddCore(services, null, null);

    /// <summary>Adds a lock on the database that a connection string names.</summary>
    /// <param name="services">The services.</param>
    /// <param name="connectionString">
    /// The driver's connection string, such as <c>Server=localhost;User ID=app;Password=...;Database=app</c>.
    /// </param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddMySqlLock(this IServiceCollection services, string connectionString) => Add(services, null, connectionString);

    /// <summary>Adds a lock over a data source.</summary>
    /// <param name="services">The services.</param>
    /// <param name="dataSource">Called once, when the lock is first resolved. What it returns stays yours.</param>
    /// <returns>The services.</returns>
    [OverloadResolutionPriority(1)]
    public static IServiceCollection AddMySqlLock(this IServiceCollection services, Func<IServiceProvider, DbDataSource> dataSource) =>
        Add(services, null, dataSource);

    /// <summary>Adds a lock with options.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddMySqlLock(this IServiceCollection services, Action<MySqlLockOptions> configure) => Add(services, null, configure);

    /// <summary>
    /// Adds a lock whose options are in a configuration section. A key that is unknown or has a bad value is an error.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section whose children are members of <see cref="MySqlLockOptions"/>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddMySqlLock(this IServiceCollection services, IConfiguration section) => Add(services, null, section);

    /// <summary>
    /// Adds a keyed lock over the data source that is registered under the same key, or else over the one that is
    /// registered without a key: a <see cref="MySqlDataSource"/>, or else a <see cref="DbDataSource"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key, as in <c>[FromKeyedServices("orders")] IDistributedLock</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedMySqlLock(this IServiceCollection services, object serviceKey)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        return AddCore(services, serviceKey, null);
    }

    /// <summary>Adds a keyed lock on the database that a connection string names.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key, as in <c>[FromKeyedServices("orders")] IDistributedLock</c>.</param>
    /// <param name="connectionString">
    /// The driver's connection string, such as <c>Server=localhost;User ID=app;Password=...;Database=app</c>.
    /// </param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedMySqlLock(this IServiceCollection services, object serviceKey, string connectionString)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        return Add(services, serviceKey, connectionString);
    }

    /// <summary>Adds a keyed lock over a data source.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key, as in <c>[FromKeyedServices("orders")] IDistributedLock</c>.</param>
    /// <param name="dataSource">Called once, when the lock is first resolved. What it returns stays yours.</param>
    /// <returns>The services.</returns>
    [OverloadResolutionPriority(1)]
    public static IServiceCollection AddKeyedMySqlLock(this IServiceCollection services, object serviceKey, Func<IServiceProvider, DbDataSource> dataSource)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        return Add(services, serviceKey, dataSource);
    }

    /// <summary>Adds a keyed lock with options.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key, as in <c>[FromKeyedServices("orders")] IDistributedLock</c>.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedMySqlLock(this IServiceCollection services, object serviceKey, Action<MySqlLockOptions> configure)
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
    /// <param name="section">The section whose children are members of <see cref="MySqlLockOptions"/>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedMySqlLock(this IServiceCollection services, object serviceKey, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        return Add(services, serviceKey, section);
    }

    private static IServiceCollection Add(IServiceCollection services, object? serviceKey, string connectionString)
    {
        ConnectionStringArgument.ThrowIfMissing(connectionString, "MySQL");
        return AddCore(services, serviceKey, options => options.ConnectionString = connectionString);
    }

    private static IServiceCollection Add(IServiceCollection services, object? serviceKey, Func<IServiceProvider, DbDataSource> dataSource)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        return AddCore(services, serviceKey, options => options.DataSource = dataSource);
    }

    private static IServiceCollection Add(IServiceCollection services, object? serviceKey, Action<MySqlLockOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return AddCore(services, serviceKey, configure);
    }

    private static IServiceCollection Add(IServiceCollection services, object? serviceKey, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return AddCore(services, serviceKey, options => MySqlLockOptionsReader.Read(section, options));
    }

    private static IServiceCollection AddCore(IServiceCollection services, object? serviceKey, Action<MySqlLockOptions>? configure) =>
        services.AddSqlLock(
            serviceKey,
            new MySqlLockOptionsValidator(),
            configure,
            typeof(MySqlDataSource),
            static (provider, options, dataSource) =>
                new MySqlLockProvider(options, provider.GetService<ILoggerFactory>(), provider.GetService<TimeProvider>(), dataSource));
}
