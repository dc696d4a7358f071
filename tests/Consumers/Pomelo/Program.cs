// Entity Framework Core, by Pomelo, and the lock on one MySQL or MariaDB server. The argument is its connection string,
// with a database that does not exist.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

var services = new ServiceCollection();
services.AddDbContext<Shop>(options => options.UseMySql(args[0], ServerVersion.AutoDetect(args[0])));
services.AddMySqlLock(args[0]);

await using var provider = services.BuildServiceProvider();
await Shop.RunAsync(provider);
