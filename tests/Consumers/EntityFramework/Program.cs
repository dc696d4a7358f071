// Entity Framework Core and the lock on one PostgreSQL server. The argument is its connection string, with a database
// that does not exist.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

var services = new ServiceCollection();
services.AddDbContext<Shop>(options => options.UseNpgsql(args[0]));
services.AddPostgreSqlLock(args[0]);

await using var provider = services.BuildServiceProvider();
await Shop.RunAsync(provider);
Console.WriteLine($"Npgsql {typeof(NpgsqlConnection).Assembly.GetName().Version!.Major}");
