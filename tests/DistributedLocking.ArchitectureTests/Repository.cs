using System.Reflection;

namespace DistributedLocking.ArchitectureTests;

/// <summary>Where the sources and documents are.</summary>
internal static class Repository
{
    internal static string Root { get; } = Path.GetFullPath(Metadata("RepositoryRoot"));

    /// <summary>The small applications that use the packages as they are published.</summary>
    internal static string Consumers { get; } = Path.Combine(Root, "tests", "Consumers");

    internal static string Url { get; } = Metadata("RepositoryUrl");

    /// <summary>
    /// Where the repository's files are on the web. The SDK writes the property down in each assembly.
    /// </summary>
    internal static string FilesUrl { get; } = $"{Url}/blob/main/";

    internal static IEnumerable<string> Sources =>
        Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    internal static IEnumerable<string> Documents =>
        Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories).Append(Path.Combine(Root, "README.md"))
            .Concat(PackageReadmes);

    /// <summary>What a registry shows on a package's page, where relative links lead nowhere.</summary>
    internal static IEnumerable<string> PackageReadmes =>
        Directory.EnumerateDirectories(Path.Combine(Root, "src")).Select(folder => Path.Combine(folder, "README.md"));

    internal static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == key).Value!;
}
