using DistributedLocking.MySql.Dialect;
using DistributedLocking.Sql.Configuration;
using MySqlConnector;

namespace DistributedLocking.MySql.Configuration;

/// <summary>Checks what MySQL adds to the options of all SQL providers.</summary>
internal sealed class MySqlLockOptionsValidator() : SqlLockOptionsValidator<MySqlLockOptions>(new MySqlDialect())
{
    /// <inheritdoc />
    protected override string? CheckConnectionString(string connectionString)
    {
        try
        {
            _ = new MySqlConnectionStringBuilder(connectionString);
            return null;
        }
        catch (Exception)
        {
            return $"{nameof(MySqlLockOptions.ConnectionString)} is not a MySQL connection string such as 'Server=localhost;User ID=app;Password=...;Database=app'. Its text is not shown, since it may hold a password.";
        }
    }
}
