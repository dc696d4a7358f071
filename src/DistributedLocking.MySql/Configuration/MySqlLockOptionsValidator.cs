using System.Data.Common;
using DistributedLocking.Sql.Configuration;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.MySql.Configuration;

/// <summary>Checks what MySQL adds to the options of all SQL providers.</summary>
/// <param name="driver">The driver's factory; null when the application has no driver.</param>
internal sealed class MySqlLockOptionsValidator(DbProviderFactory? driver) : SqlLockOptionsValidator<MySqlLockOptions>(SqlDialect.MySql)
{
    internal MySqlLockOptionsValidator()
        : this(MySqlDriver.Find())
    {
    }

    /// <inheritdoc />
    protected override string? CheckConnectionString(string connectionString)
    {
        if (driver?.CreateConnectionStringBuilder() is not { } builder)
        {
            return $"{nameof(MySqlLockOptions.ConnectionString)} is set, but there is no driver for it. {MySqlDriver.Missing}";
        }

        try
        {
            builder.ConnectionString = connectionString;
            return null;
        }
        catch (Exception)
        {
            return $"{nameof(MySqlLockOptions.ConnectionString)} is not a MySQL connection string such as 'Server=localhost;User ID=app;Password=...;Database=app'. Its text is not shown, since it may hold a password.";
        }
    }
}
