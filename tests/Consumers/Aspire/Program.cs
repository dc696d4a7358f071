// Aspire's clients, which the lock takes as they are registered. The connection strings come as configuration, as from
// an Aspire host:
//   --ConnectionStrings:cache=... --ConnectionStrings:database=... --lock=cache|database
using DistributedLocking;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using StackExchange.Redis;

var builder = Host.CreateApplicationBuilder(args);
builder.AddRedisClient("cache");
builder.AddNpgsqlDataSource("database");
if (builder.Configuration["lock"] == "cache")
{
    builder.Services.AddRedisLock();
}
else
{
    builder.Services.AddPostgreSqlLock();
}

using var host = builder.Build();
await host.StartAsync();
await LockUse.RunAsync(host.Services.GetRequiredService<IDistributedLock>(), async () =>
{
    await host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase().StringSetAsync("items", 2);
    await using var command = host.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("SELECT 2");
    return $"{await command.ExecuteScalarAsync()} items";
});
await host.StopAsync();
