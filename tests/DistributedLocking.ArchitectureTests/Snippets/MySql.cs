#region usings of MySQL
using DistributedLocking.MySql;                  // MySqlLockTable
using Microsoft.Extensions.DependencyInjection;  // AddMySqlLock
#endregion
using Microsoft.Extensions.Configuration;

namespace Snippets;

internal static class MySql
{
    internal static void Register(IServiceCollection services, IConfiguration configuration)
    {
        #region register mysql
        services.AddMySqlLock("Server=localhost;User ID=app;Password=...;Database=app");
        services.AddMySqlLock(options => options.ConnectionString = "Server=localhost;User ID=app;Password=...;Database=app");
        services.AddMySqlLock(configuration.GetSection("Locks"));
        services.AddMySqlLock();                            // the MySqlDataSource that is registered already
        services.AddKeyedMySqlLock("orders");               // [FromKeyedServices("orders")] IDistributedLock, over the data source of that key
        #endregion
    }

    internal static void PrintTables()
    {
        #region mysql script
        Console.WriteLine(MySqlLockTable.CreateScript());
        #endregion
    }
}
