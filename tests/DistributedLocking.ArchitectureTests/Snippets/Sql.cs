using DistributedLocking.MySql;
using DistributedLocking.PostgreSql;
using DistributedLocking.Sql;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DistributedLocking.ArchitectureTests.Snippets;

internal static class Sql
{
    internal static void Register(HostApplicationBuilder builder)
    {
        #region register sql
        builder.Services.AddPostgreSqlLock("Host=localhost;Username=app;Password=...;Database=app");
        builder.Services.AddMySqlLock("Server=localhost;User ID=app;Password=...;Database=app"); // MySQL or MariaDB
        #endregion
    }

    internal static void RegisterPostgreSql(IServiceCollection services, IConfiguration configuration)
    {
        #region register postgresql
        services.AddPostgreSqlLock("Host=localhost;Username=app;Password=...;Database=app");
        services.AddPostgreSqlLock(options => options.ConnectionString = "Host=localhost;Username=app;Password=...;Database=app");
        services.AddPostgreSqlLock(configuration.GetSection("Locks"));
        services.AddPostgreSqlLock();                       // the NpgsqlDataSource that is registered already
        services.AddKeyedPostgreSqlLock("orders");          // [FromKeyedServices("orders")] IDistributedLock, over the data source of that key
        #endregion
    }

    internal static void RegisterMySql(IServiceCollection services, IConfiguration configuration)
    {
        #region register mysql
        services.AddMySqlLock("Server=localhost;User ID=app;Password=...;Database=app");
        services.AddMySqlLock(options => options.ConnectionString = "Server=localhost;User ID=app;Password=...;Database=app");
        services.AddMySqlLock(configuration.GetSection("Locks"));
        services.AddMySqlLock();                            // the MySqlDataSource that is registered already
        services.AddKeyedMySqlLock("orders");               // [FromKeyedServices("orders")] IDistributedLock, over the data source of that key
        #endregion
    }

    internal static void ChooseMode(IServiceCollection services)
    {
        #region sql lease mode
        services.AddPostgreSqlLock(options => options.Mode = SqlLockMode.Lease);
        #endregion
    }

    internal static void PrintTables()
    {
        #region postgresql script
        Console.WriteLine(PostgreSqlLockTable.CreateScript());
        #endregion

        #region mysql script
        Console.WriteLine(MySqlLockTable.CreateScript());
        #endregion
    }
}
