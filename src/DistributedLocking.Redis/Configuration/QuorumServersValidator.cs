using System.Globalization;

namespace DistributedLocking.Redis.Configuration;

/// <summary>Checks the names of several independent servers.</summary>
internal static class QuorumServersValidator
{
    private const int Fewest = 3;

    internal static void AddFailures(RedisLockOptions options, ICollection<string> failures)
    {
        if (options.Servers is null || options.ServerConnections is null)
        {
            failures.Add($"{nameof(options.Servers)} and {nameof(options.ServerConnections)} must not be null; they may be empty.");
            return;
        }

        if (!options.IsQuorum)
        {
            return;
        }

        if (options is not { Configuration: null, ConfigurationOptions: null } || (options.Servers.Count > 0 && options.ServerConnections.Count > 0))
        {
            failures.Add(
                $"{nameof(options.Configuration)}, {nameof(options.ConfigurationOptions)}, {nameof(options.Servers)} and {nameof(options.ServerConnections)}: only one of them may name servers.");
            return;
        }

        AddCountFailure(nameof(options.Servers), options.Servers.Count, failures);
        AddCountFailure(nameof(options.ServerConnections), options.ServerConnections.Count, failures);
        AddServerFailures(options.Servers, failures);
        for (var i = 0; i < options.ServerConnections.Count; i++)
        {
            if (options.ServerConnections[i] is not { } connection || options.ServerConnections.Take(i).Any(other => ReferenceEquals(other, connection)))
            {
                failures.Add($"{nameof(options.ServerConnections)}[{i.ToString(CultureInfo.InvariantCulture)}] must be a connection that is not in the list before.");
            }
        }
    }

    private static void AddCountFailure(string name, int count, ICollection<string> failures)
    {
        if (count is > 0 and < Fewest)
        {
            failures.Add($"{name} has {count.ToString(CultureInfo.InvariantCulture)} entries; a majority needs {Fewest} servers or more.");
        }
    }

    private static void AddServerFailures(IReadOnlyList<string> servers, ICollection<string> failures)
    {
        // A server that is named twice would have two votes.
        var seen = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < servers.Count; i++)
        {
            var name = $"{nameof(RedisLockOptions.Servers)}[{i.ToString(CultureInfo.InvariantCulture)}]";
            foreach (var endPoint in RedisLockOptionsValidator.Parse(name, servers[i], failures)?.EndPoints ?? [])
            {
                var text = Convert.ToString(endPoint, CultureInfo.InvariantCulture) ?? "";
                if (!seen.TryAdd(text, i) && seen[text] != i)
                {
                    failures.Add($"{name} names the same server as entry {seen[text].ToString(CultureInfo.InvariantCulture)}.");
                }
            }
        }
    }
}
