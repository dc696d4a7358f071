// The lock on three servers, compiled ahead of time or trimmed. The arguments are the sections of its configuration:
//   --redis:Configuration=... --postgresql:ConnectionString=... --mysql:ConnectionString=...
using DistributedLocking;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

var configuration = new ConfigurationBuilder().AddCommandLine(args).Build();
var services = new ServiceCollection();
services.AddLogging();
services.AddKeyedRedisLock("redis", configuration.GetSection("redis"));
services.AddKeyedPostgreSqlLock("postgresql", configuration.GetSection("postgresql"));
services.AddKeyedMySqlLock("mysql", configuration.GetSection("mysql"));

await using var provider = services.BuildServiceProvider();
foreach (var server in new[] { "redis", "postgresql", "mysql" })
{
    await LockUse.RunAsync(provider.GetRequiredKeyedService<IDistributedLock>(server), () => Task.FromResult(server));
}
