using DistributedLocking.Sql.Configuration;
using DistributedLocking.Sql.Dialects;
using Npgsql;

namespace DistributedLocking.PostgreSql.Configuration;

/// <summary>Checks what PostgreSQL adds to the options of all SQL providers.</summary>
internal sealed class PostgreSqlLockOptionsValidator() : SqlLockOptionsValidator<PostgreSqlLockOptions>(SqlDialect.PostgreSql)
{
    /// <inheritdoc />
    protected override string? CheckConnectionString(string connectionString)
    {
        try
        {
            // It connects nothing, and checks more than the connection string builder does.
            NpgsqlDataSource.Create(connectionString).Dispose();
            return null;
        }
        catch (Exception)
        {
            return $"{nameof(PostgreSqlLockOptions.ConnectionString)} is not an Npgsql connection string such as 'Host=localhost;Username=app;Password=...;Database=app'. Its text is not shown, since it may hold a password.";
        }
    }
}
