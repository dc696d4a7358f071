using System.Data.Common;
using DistributedLocking.MySql.Configuration;
using DistributedLocking.MySql.Dialect;
using DistributedLocking.Sql;
using Microsoft.Extensions.Logging;
using MySqlConnector;

namespace DistributedLocking.MySql;

/// <summary>Locks in a table of a MySQL or MariaDB database.</summary>
public sealed class MySqlLockProvider : SqlLockProvider
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
    public MySqlLockProvider(
        MySqlLockOptions options, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null, DbDataSource? dataSource = null)
        : base(
            new MySqlLockOptionsValidator().ThrowIfInvalid(options, dataSource),
            new MySqlLockDialect(),
            options.ConnectionString is { } text ? new MySqlDataSource(text) : dataSource!,
            ownsDataSource: options.ConnectionString is not null,
            loggerFactory,
            timeProvider)
    {
    }
}
