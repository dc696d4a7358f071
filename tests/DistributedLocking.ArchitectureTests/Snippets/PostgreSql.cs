#region usings of PostgreSQL
using DistributedLocking.PostgreSql;             // PostgreSqlLockTable
using Microsoft.Extensions.DependencyInjection;  // AddPostgreSqlLock
#endregion
using Microsoft.Extensions.Configuration;

namespace Snippets;

internal static class PostgreSql
{
    internal static void Register(IServiceCollection services, IConfiguration configuration)
    {
        #region register postgresql
        services.AddPostgreSqlLock("Host=localhost;Username=app;Password=...;Database=app");
        services.AddPostgreSqlLock(options => options.ConnectionString = "Host=localhost;Username=app;Password=...;Database=app");
        services.AddPostgreSqlLock(configuration.GetSection("Locks"));
        services.AddPostgreSqlLock();                       // the NpgsqlDataSource that is registered already
        services.AddKeyedPostgreSqlLock("orders");          // [FromKeyedServices("orders")] IDistributedLock, over the data source of that key
        #endregion
    }

    internal static void PrintTables()
    {
        #region postgresql script
        Console.WriteLine(PostgreSqlLockTable.CreateScript());
        #endregion
    }
}
