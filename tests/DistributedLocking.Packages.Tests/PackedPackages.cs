using DistributedLocking.Packages.Tests;
using DistributedLocking.TestServers;

[assembly: AssemblyFixture(typeof(PackedPackages))]

namespace DistributedLocking.Packages.Tests;

/// <summary>
/// The packages as they are published: those of the folder that the environment variable DISTRIBUTEDLOCKING_PACKAGES names, else packed here.
/// </summary>
public sealed class PackedPackages : IAsyncLifetime
{
    private string? _own;

    internal string Folder { get; private set; } = "";

    internal IReadOnlyList<Package> All { get; private set; } = [];

    internal string Version => All[0].Version;

    public async ValueTask InitializeAsync()
    {
        Folder = Environment.GetEnvironmentVariable("DISTRIBUTEDLOCKING_PACKAGES") is { Length: > 0 } folder ? folder : await PackAsync();
        All = [.. Directory.EnumerateFiles(Folder, "*.nupkg").Order(StringComparer.Ordinal).Select(Package.Read)];
        All.ShouldNotBeEmpty($"{Folder} has no package.");
    }

    public ValueTask DisposeAsync()
    {
        if (_own is not null)
        {
            Directory.Delete(_own, recursive: true);
        }

        return ValueTask.CompletedTask;
    }

    private async Task<string> PackAsync()
    {
        _own = Directory.CreateTempSubdirectory("packages-").FullName;
        await Command.RunAsync("dotnet", "pack", Path.Combine(Repository.Root, "DistributedLocking.sln"), "-o", _own, "-nologo", "-nodeReuse:false");
        return _own;
    }
}
