using System.Globalization;
using DistributedLocking;
using Microsoft.Extensions.DependencyInjection;

string? redis = null;
string? etcd = null;
var work = TimeSpan.FromSeconds(5);
foreach (var option in args.Chunk(2))
{
    switch (option)
    {
        case ["--redis", var server]:
            redis = server;
            break;
        case ["--etcd", var endpoint]:
            etcd = endpoint;
            break;
        case ["--work", var text] when int.TryParse(text, CultureInfo.InvariantCulture, out var seconds):
            work = TimeSpan.FromSeconds(seconds);
            break;
        default:
            Console.Error.WriteLine("usage: QuickStart [--redis host:port | --etcd http://host:port] [--work seconds]");
            return 2;
    }
}

// The backend is this one line; the code below does not change with it.
var services = new ServiceCollection();
_ = redis is not null ? services.AddRedisLock(redis) : etcd is not null ? services.AddEtcdLock(etcd) : services.AddInMemoryLock();

await using var provider = services.BuildServiceProvider();
var locks = provider.GetRequiredService<IDistributedLock>();
const string Key = "quick-start";

try
{
    await using (var first = await locks.AcquireAsync(Key))
    {
        Console.WriteLine($"first:  acquired, with fencing token {first.FencingToken}");

        // TryAcquireAsync does not wait: null means that somebody else holds the lock.
        await using var second = await locks.TryAcquireAsync(Key);
        Console.WriteLine($"second: {Outcome(second)}");

        // The lock is renewed meanwhile. Should it be lost all the same, the token stops the work.
        Console.WriteLine($"first:  working for {work.TotalSeconds} s");
        await Task.Delay(work, TimeProvider.System, first.LostToken);

        await using var third = await locks.TryAcquireAsync(Key);
        Console.WriteLine($"third:  {Outcome(third)}");
    }

    Console.WriteLine("first:  released");

    await using (await locks.AcquireAsync(Key))
    {
        Console.WriteLine("fourth: acquired");
    }

    Console.WriteLine("fourth: released");
    return 0;
}
catch (DistributedLockUnavailableException exception)
{
    Console.Error.WriteLine($"error: {exception.Message}");
    return 1;
}

static string Outcome(IDistributedLockHandle? handle) => handle is null ? "refused, somebody else holds the lock" : "acquired";
