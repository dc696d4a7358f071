using System.Reflection;

namespace DistributedLocking.Packages.Tests;

/// <summary>Where what is packed and built stands.</summary>
internal static class Repository
{
    internal static string Root { get; } = Path.GetFullPath(Metadata("RepositoryRoot"));

    internal static string Consumers { get; } = Path.Combine(Root, "tests", "Consumers");

    internal static string Url { get; } = Metadata("RepositoryUrl");

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == key).Value!;
}
