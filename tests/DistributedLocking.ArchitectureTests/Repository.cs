using System.Reflection;

namespace DistributedLocking.ArchitectureTests;

/// <summary>Where the sources and documents are.</summary>
internal static class Repository
{
    internal static string Root { get; } = Path.GetFullPath(
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == "RepositoryRoot").Value!);

    internal static IEnumerable<string> Sources =>
        Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    internal static IEnumerable<string> Documents =>
        Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories).Append(Path.Combine(Root, "README.md"));

    internal static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');
}
