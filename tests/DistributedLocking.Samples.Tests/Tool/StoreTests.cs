using System.Text.Json;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Samples.Tests.Tool;

/// <summary><c>dlock</c> on a real store of each kind.</summary>
public sealed class StoreTests
{
    private const string Key = "nightly report";

    [Theory]
    [InlineData(true, "files")]
    [InlineData(true, "redis")]
    [InlineData(true, "redis quorum")]
    [InlineData(true, "postgres")]
    [InlineData(true, "postgres", "--lease")]
    [InlineData(false, "mysql")]
    [InlineData(true, "mysql", "--lease")]
    [InlineData(true, "etcd")]
    public async Task One_command_runs_at_a_time_and_who_holds_is_told(bool canList, string kind, params string[] options)
    {
        var directory = Directory.CreateTempSubdirectory("dlock-");
        await using var servers = new Servers();
        var store = await servers.StartAsync(kind, directory.FullName);

        using var holder = await Dlock.HoldAsync(store, [Key, .. options]);
        var other = await Dlock.RunAsync(store, ["run", Key, "--wait", "0", .. options, "--", "echo", "no"]);
        other.ExitCode.ShouldBe(75, other.Errors);
        other.Output.Trim().ShouldBeEmpty();

        var list = await Dlock.RunAsync(store, ["list", "--json", .. options]);
        if (canList)
        {
            list.ExitCode.ShouldBe(0, list.Errors);
            var entry = JsonDocument.Parse(list.Output).RootElement.EnumerateArray().ShouldHaveSingleItem();
            entry.GetProperty("key").GetString().ShouldBe(Key);
            entry.GetProperty("kind").GetString().ShouldBe("lock");
            (entry.TryGetProperty("processId", out _) || entry.TryGetProperty("session", out _)).ShouldBeTrue(list.Output);
        }
        else
        {
            list.ExitCode.ShouldBe(64);
            list.Errors.ShouldContain("do not tell which rows a transaction has locked");
        }

        await holder.TypeAsync("enough");
        var (exitCode, output, errors) = await holder.EndAsync();
        exitCode.ShouldBe(0, errors);
        output.ShouldContain("read enough");
        (await Dlock.RunAsync(store, ["run", Key, "--wait", "0", .. options, "--", "sh", "-c", "exit 3"])).ExitCode.ShouldBe(3);
        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_killed_dlock_frees_the_lock_at_its_time_to_live()
    {
        await using var server = await RedisServer.StartAsync();
        var store = ("DLOCK_REDIS", Redis(server));
        using var holder = await Dlock.HoldAsync(store, [Key, "--ttl", "2s"]);

        holder.Signal("KILL");

        (await Dlock.RunAsync(store, ["run", Key, "--wait", "60s", "--", "true"])).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_lock_that_is_lost_ends_the_command()
    {
        await using var server = await RedisServer.StartAsync();
        var store = ("DLOCK_REDIS", Redis(server));
        using var holder = Dlock.Start(store, ["run", Key, "--ttl", "9s", "--", "sh", "-c", "trap 'echo told; exit 0' TERM; echo started; while :; do sleep 0.1; done"]);
        await holder.LineAsync("started");

        await server.KillAsync();

        var (exitCode, output, errors) = await holder.EndAsync();
        exitCode.ShouldBe(74, errors);
        output.ShouldContain("told");
        errors.ShouldContain("was lost while the command ran");
    }

    private static string Redis(RedisServer server) => $"{server.Address},connectTimeout=30000";

    private sealed class Servers : IAsyncDisposable
    {
        private readonly List<IAsyncDisposable> _started = [];

        internal async Task<(string Name, string Value)> StartAsync(string kind, string directory) => kind switch
        {
            "redis" => ("DLOCK_REDIS", Redis(Own(await RedisServer.StartAsync()))),
            "redis quorum" => ("DLOCK_REDIS", string.Join('\n', (await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RedisServer.StartAsync()))).Select(server => Redis(Own(server))))),
            "postgres" => ("DLOCK_POSTGRES", Own(await PostgreSqlServer.StartAsync()).ConnectionString),
            "mysql" => ("DLOCK_MYSQL", Own(await MariaDbServer.StartAsync()).ConnectionString),
            "etcd" => ("DLOCK_ETCD", Own(await EtcdServer.StartAsync()).Endpoint),
            _ => ("DLOCK_FILES", directory),
        };

        public async ValueTask DisposeAsync()
        {
            foreach (var server in _started)
            {
                await server.DisposeAsync();
            }
        }

        private T Own<T>(T server)
            where T : IAsyncDisposable
        {
            _started.Add(server);
            return server;
        }
    }
}
