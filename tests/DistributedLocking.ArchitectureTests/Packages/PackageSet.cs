namespace DistributedLocking.ArchitectureTests.Packages;

/// <summary>The packages of one version, in one folder.</summary>
internal sealed record PackageSet(string Folder, IReadOnlyList<Package> All)
{
    internal string Version => All[0].Version;
}
