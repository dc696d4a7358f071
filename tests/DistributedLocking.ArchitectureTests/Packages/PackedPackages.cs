using DistributedLocking.ArchitectureTests.Packages;
using DistributedLocking.TestKit;

[assembly: AssemblyFixture(typeof(PackedPackages))]

namespace DistributedLocking.ArchitectureTests.Packages;

/// <summary>
/// The packages as they are published: those of the folder that the environment variable DISTRIBUTEDLOCKING_PACKAGES
/// names, else packed here, when a test asks for them.
/// </summary>
public sealed class PackedPackages : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private Task<PackageSet>? _packages;
    private string? _own;

    internal Task<PackageSet> GetAsync()
    {
        lock (_lock)
        {
            return _packages ??= ReadAsync();
        }
    }

    public ValueTask DisposeAsync()
    {
        if (_own is not null)
        {
            Directory.Delete(_own, recursive: true);
        }

        return ValueTask.CompletedTask;
    }

    private async Task<PackageSet> ReadAsync()
    {
        var folder = Environment.GetEnvironmentVariable("DISTRIBUTEDLOCKING_PACKAGES") is { Length: > 0 } given ? given : await PackAsync();
        var all = Directory.EnumerateFiles(folder, "*.nupkg").Order(StringComparer.Ordinal).Select(Package.Read).ToList();
        all.ShouldNotBeEmpty($"{folder} has no package.");
        return new PackageSet(folder, all);
    }

    private async Task<string> PackAsync()
    {
        _own = Directory.CreateTempSubdirectory("packages-").FullName;
        await Command.RunAsync("dotnet", "pack", Path.Combine(Repository.Root, "DistributedLocking.sln"), "-o", _own, "-nologo", "-nodeReuse:false");
        return _own;
    }
}
