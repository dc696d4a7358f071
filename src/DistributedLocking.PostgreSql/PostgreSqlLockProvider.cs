using System.Data.Common;
using DistributedLocking.PostgreSql.Configuration;
using DistributedLocking.PostgreSql.Dialect;
using DistributedLocking.PostgreSql.Notifications;
using DistributedLocking.Providers;
using DistributedLocking.Sql;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace DistributedLocking.PostgreSql;

/// <summary>Locks in a table of a PostgreSQL database.</summary>
public sealed class PostgreSqlLockProvider : SqlLockProvider
{
    /// <summary>
    /// Makes a provider for code without dependency injection. Nothing is connected before the first operation.
    /// </summary>
    /// <param name="options">The options, which are copied.</param>
    /// <param name="loggerFactory">Where log entries go; null for nowhere.</param>
    /// <param name="timeProvider">The clock of the time-outs; null for the system's.</param>
    /// <param name="dataSource">
    /// The data source to use where the options have no connection string. It stays yours: it is not disposed here.
    /// </param>
    /// <exception cref="ArgumentException">
    /// Neither the options nor the data source name a database, or an option is wrong.
    /// </exception>
    public PostgreSqlLockProvider(
        PostgreSqlLockOptions options, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null, DbDataSource? dataSource = null)
        : this(options, options.ConnectionString is { } text ? NpgsqlDataSource.Create(text) : dataSource!, loggerFactory, timeProvider ?? TimeProvider.System)
    {
    }

    private PostgreSqlLockProvider(PostgreSqlLockOptions options, DbDataSource dataSource, ILoggerFactory? loggerFactory, TimeProvider timeProvider)
        : base(
            new PostgreSqlLockOptionsValidator().ThrowIfInvalid(options, dataSource),
            new PostgreSqlLockDialect(),
            dataSource,
            ownsDataSource: options.ConnectionString is not null,
            loggerFactory,
            timeProvider,
            options is { UseNotifications: true } ? Listener(options, dataSource, loggerFactory, timeProvider) : null)
    {
    }

    private static ReleaseListener Listener(
        PostgreSqlLockOptions options, DbDataSource dataSource, ILoggerFactory? loggerFactory, TimeProvider timeProvider) =>
        new(dataSource, options.CommandTimeout, timeProvider, LockProviderLogger.Create(loggerFactory, Log.Category));
}
