using System.Data.Common;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Dialects;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Sql.Configuration;

/// <summary>
/// Checks what SQL providers add to the common options. No sentence quotes the connection string, which may hold a
/// password.
/// </summary>
/// <typeparam name="TOptions">The database's options.</typeparam>
/// <param name="dialect">The database's dialect, which knows its limits.</param>
public abstract class SqlLockOptionsValidator<TOptions>(SqlDialect dialect) : LockOptionsValidator<TOptions>
    where TOptions : SqlLockOptions
{
    private static readonly TimeSpan ShortestRetention = TimeSpan.FromHours(1);

    /// <summary>Checks the arguments of a provider that is made without dependency injection.</summary>
    /// <param name="options">The options.</param>
    /// <param name="dataSource">The data source that was given, if any.</param>
    /// <returns>The options.</returns>
    /// <exception cref="ArgumentException">An option is wrong, or nothing names a database.</exception>
    public TOptions ThrowIfInvalid(TOptions options, DbDataSource? dataSource)
    {
        var result = Validate(Options.DefaultName, options);
        if (result.Failed)
        {
            throw new ArgumentException(result.FailureMessage, nameof(options));
        }

        if (dataSource is null && options.ConnectionString is null)
        {
            throw new ArgumentException($"{typeof(TOptions).Name}.{nameof(options.ConnectionString)} must be set where no data source is given.", nameof(options));
        }

        return options;
    }

    /// <inheritdoc />
    protected override void AddFailures(TOptions options, ICollection<string> failures)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(failures);
        AddSourceFailures(options, failures);
        if (!Enum.IsDefined(options.Mode))
        {
            failures.Add($"{nameof(options.Mode)} {options.Mode} must be {nameof(SqlLockMode.RowLock)} or {nameof(SqlLockMode.Lease)}.");
        }

        failures.AddIfAny(
            TableRules.CheckTable(dialect, nameof(options.Table), options.Table)
            ?? TableRules.CheckTable(dialect, nameof(options.Table), HolderStatements.NameOf(options.Table)));
        failures.AddIfAny(TableRules.CheckSchema(dialect, nameof(options.Schema), options.Schema));
        failures.AddIfAny(TableRules.CheckCommandTimeout(options.CommandTimeout));
        if (options.MaxConnections < 1)
        {
            failures.Add($"{nameof(options.MaxConnections)} {options.MaxConnections} must be at least 1.");
        }

        if (options.UnusedKeyRetention < ShortestRetention && options.UnusedKeyRetention != Timeout.InfiniteTimeSpan)
        {
            failures.Add($"{nameof(options.UnusedKeyRetention)} {options.UnusedKeyRetention} must be at least {ShortestRetention}, or Timeout.InfiniteTimeSpan.");
        }

        if (options.LongHoldWarning <= TimeSpan.Zero && options.LongHoldWarning != Timeout.InfiniteTimeSpan)
        {
            failures.Add($"{nameof(options.LongHoldWarning)} {options.LongHoldWarning} must be positive, or Timeout.InfiniteTimeSpan.");
        }
    }

    /// <summary>Tells what is wrong with a connection string.</summary>
    /// <param name="connectionString">The connection string, which is not blank.</param>
    /// <returns>
    /// A sentence that quotes nothing of it, not even by way of the driver's own message; null when the driver can read
    /// it.
    /// </returns>
    protected abstract string? CheckConnectionString(string connectionString);

    private void AddSourceFailures(TOptions options, ICollection<string> failures)
    {
        if (options is { ConnectionString: not null, DataSource: not null })
        {
            failures.Add($"{nameof(options.ConnectionString)} and {nameof(options.DataSource)} are both set; the database must be named once.");
        }
        else if (options.ConnectionString is { } text)
        {
            failures.AddIfAny(string.IsNullOrWhiteSpace(text) ? $"{nameof(options.ConnectionString)} is blank." : CheckConnectionString(text));
        }
    }
}
