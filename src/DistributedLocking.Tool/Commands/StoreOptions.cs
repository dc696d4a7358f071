using System.CommandLine;
using DistributedLocking.Tool.Stores;

namespace DistributedLocking.Tool.Commands;

/// <summary>The options of every command that say where the locks are.</summary>
internal sealed class StoreOptions
{
    private readonly (StoreKind Kind, Option<string[]> Option, string Variable)[] _stores =
    [
        (StoreKind.Redis, Of("--redis", "CONNECTION", "Redis, as StackExchange.Redis takes it; several times: a majority of independent servers", "DLOCK_REDIS"), "DLOCK_REDIS"),
        (StoreKind.PostgreSql, Of("--postgres", "CONNECTION", "PostgreSQL, as Npgsql takes it", "DLOCK_POSTGRES"), "DLOCK_POSTGRES"),
        (StoreKind.MySql, Of("--mysql", "CONNECTION", "MySQL or MariaDB, as MySqlConnector takes it", "DLOCK_MYSQL"), "DLOCK_MYSQL"),
        (StoreKind.Etcd, Of("--etcd", "ENDPOINT", "etcd, such as http://localhost:2379; several times for a cluster", "DLOCK_ETCD"), "DLOCK_ETCD"),
        (StoreKind.Files, Of("--files", "DIRECTORY", "Lock files in a directory of this machine", "DLOCK_FILES"), "DLOCK_FILES"),
    ];

    private readonly Option<bool> _lease = new("--lease") { Description = "On a database: leases instead of row locks. All users of a key must agree on it" };
    private readonly Option<TimeSpan?> _timeout = new("--timeout") { HelpName = "DURATION", Description = "How long the store has to answer. Default: 10s", CustomParser = DurationText.Parse };
    private readonly Option<string> _prefix = new("--key-prefix") { HelpName = "PREFIX", Description = "What the store has before each key", DefaultValueFactory = _ => "lock:" };

    internal void AddTo(Command command)
    {
        foreach (var (_, option, _) in _stores)
        {
            command.Add(option);
        }

        command.Add(_lease);
        command.Add(_timeout);
        command.Add(_prefix);
    }

    /// <exception cref="UsageException">No store is named, or several are.</exception>
    internal StoreAddress Read(ParseResult result)
    {
        var named = _stores.Where(store => result.GetValue(store.Option) is { Length: > 0 }).Select(store => (store.Kind, Values: result.GetValue(store.Option)!)).ToList();
        if (named.Count == 0)
        {
            named = [.. _stores.Select(store => (store.Kind, Values: Split(Environment.GetEnvironmentVariable(store.Variable)))).Where(store => store.Values.Length > 0)];
        }

        return named switch
        {
            [var (kind, values)] => new StoreAddress(kind, values)
            {
                IsLease = result.GetValue(_lease),
                KeyPrefix = result.GetValue(_prefix)!,
                Timeout = result.GetValue(_timeout) ?? TimeSpan.FromSeconds(10),
            },
            [] => throw new UsageException("say where the locks are: one of --redis, --postgres, --mysql, --etcd, --files, or its environment variable."),
            _ => throw new UsageException($"the locks are in one place: {string.Join(", ", named.Select(store => store.Kind))} are named."),
        };
    }

    private static Option<string[]> Of(string name, string value, string description, string variable) =>
        new(name) { HelpName = value, Description = $"{description} [{variable}]", AllowMultipleArgumentsPerToken = false };

    /// <summary>A variable has several of them on lines of their own.</summary>
    private static string[] Split(string? variable) => variable?.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
