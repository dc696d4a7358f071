using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using DistributedLocking.Redis;

namespace DistributedLocking.Benchmarks.Subjects.Redis;

/// <summary>Scripts for the bare driver, called by their hash.</summary>
internal static class Script
{
    [SuppressMessage("Security", "CA5350", Justification = "EVALSHA names scripts by their SHA-1.")]
    internal static byte[] Hash(string text) => SHA1.HashData(Encoding.UTF8.GetBytes(text));

    /// <summary>A script of the Redis package, put together from what it embeds.</summary>
    internal static string OfPackage(params IEnumerable<string> names) => string.Concat(names.Select(Embedded));

    /// <summary>All scripts that the Redis package embeds.</summary>
    internal static IEnumerable<string> AllOfPackage() =>
        typeof(RedisLockOptions).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".lua", StringComparison.Ordinal)).Select(Embedded);

    private static string Embedded(string name)
    {
        using var reader = new StreamReader(typeof(RedisLockOptions).Assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
