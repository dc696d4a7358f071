using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Etcd.Tests.Doubles;

/// <summary>What tests look at and change behind the lock's back.</summary>
internal static class EtcdExtensions
{
    internal static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <summary>The names that begin with a prefix, and their values.</summary>
    internal static async Task<IReadOnlyList<(string Name, string Value)>> FindAsync(this EtcdServer server, string prefix)
    {
        var first = Encoding.UTF8.GetBytes(prefix);
        var end = (byte[])first.Clone();
        end[^1]++;
        var found = await server.CallAsync(
            "/v3/kv/range", new JsonObject { ["key"] = Convert.ToBase64String(first), ["range_end"] = Convert.ToBase64String(end) });
        return !found.TryGetProperty("kvs", out var entries) ? [] : [.. entries.EnumerateArray().Select(entry => (Text(entry, "key"), Text(entry, "value")))];

        static string Text(JsonElement entry, string property) =>
            entry.TryGetProperty(property, out var value) ? Encoding.Latin1.GetString(Convert.FromBase64String(value.GetString()!)) : "";
    }

    internal static async Task<long> RevisionAsync(this EtcdServer server) =>
        long.Parse((await server.CallAsync("/v3/maintenance/status")).GetProperty("header").GetProperty("revision").GetString()!, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>How many leases there are.</summary>
    internal static async Task<int> CountLeasesAsync(this EtcdServer server) =>
        (await server.CallAsync("/v3/lease/leases")).TryGetProperty("leases", out var leases) ? leases.GetArrayLength() : 0;

    /// <summary>Whether the lock can be renewed now; false where etcd does not answer.</summary>
    internal static async Task<bool> CanExtendAsync(this IDistributedLockHandle handle, CancellationToken cancellationToken)
    {
        try
        {
            await handle.ExtendAsync(cancellationToken: cancellationToken);
            return true;
        }
        catch (DistributedLockUnavailableException)
        {
            return false;
        }
    }
}
