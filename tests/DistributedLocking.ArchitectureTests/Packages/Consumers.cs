using DistributedLocking.TestKit;

namespace DistributedLocking.ArchitectureTests.Packages;

/// <summary>The applications of tests/Consumers, built with the packed packages.</summary>
public sealed class Consumers(PackedPackages packed) : IAsyncLifetime
{
    private static readonly string Artifacts = Path.Combine(Repository.Consumers, "artifacts");
    private static readonly string RestoredPackages = Path.Combine(Artifacts, "packages");

    private PackageSet? _packages;

    /// <summary>The packed packages that they use, each with the file that the restore took for it.</summary>
    internal IEnumerable<(Package Packed, string Restored)> Used => Packages.All
        .Select(package => (package, Restored: Path.Combine(FolderOf(package), package.Version, $"{package.Name}.{package.Version}.nupkg".ToLowerInvariant())))
        .Where(pair => File.Exists(pair.Restored));

    private PackageSet Packages => _packages ?? throw new InvalidOperationException("Nothing was packed yet.");

    public async ValueTask InitializeAsync()
    {
        _packages = await packed.GetAsync();

        // A package of the same version that was restored before would be taken for the one that is tested.
        foreach (var folder in Packages.All.Select(FolderOf).Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }

        await DotNetAsync("build", "Consumers.slnx");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Runs one that was built.</summary>
    /// <returns>What it wrote.</returns>
    internal static Task<string> RunAsync(string name, string framework, params IEnumerable<string> arguments) =>
        Command.RunAsync(["dotnet", Path.Combine(Repository.Consumers, name, "bin", "Release", framework, $"{name}.dll"), .. arguments]);

    /// <summary>Publishes one as an executable that needs no runtime.</summary>
    /// <returns>The executable's path.</returns>
    internal async Task<string> PublishAsync(string name, string kind, params IEnumerable<string> properties)
    {
        var folder = Path.Combine(Artifacts, kind);
        await DotNetAsync("publish", name, ["--no-restore", "-o", folder, .. properties]);
        return Path.Combine(folder, name);
    }

    private static string FolderOf(Package package) => Path.Combine(RestoredPackages, package.Name.ToLowerInvariant());

    private Task<string> DotNetAsync(string command, string project, params IEnumerable<string> arguments) => Command.RunAsync(
    [
        "dotnet", command, Path.Combine(Repository.Consumers, project), "-c", "Release", "-nologo", "-nodeReuse:false", "-v", "quiet",
        $"-p:PackagesFolder={Packages.Folder}", $"-p:PackagesVersion={Packages.Version}", .. arguments,
    ]);
}
