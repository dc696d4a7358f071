using System.IO.Compression;
using System.Xml.Linq;

namespace DistributedLocking.ArchitectureTests.Packages;

/// <summary>What a package's file holds.</summary>
internal sealed record Package(string Path, string Name, string Version, XElement Metadata, IReadOnlyList<string> Files)
{
    internal static Package Read(string path)
    {
        using var archive = ZipFile.OpenRead(path);
        using var manifest = archive.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        var metadata = XDocument.Load(manifest).Root!.Elements().First();
        return new Package(path, Text(metadata, "id"), Text(metadata, "version"), metadata, [.. archive.Entries.Select(entry => entry.FullName)]);
    }

    internal string this[string element] => Text(Metadata, element);

    /// <summary>Whether it is a command and no library.</summary>
    internal bool IsTool => Files.Any(file => file.StartsWith("tools/", StringComparison.Ordinal));

    internal XElement Element(string name) => Metadata.Elements().Single(element => element.Name.LocalName == name);

    /// <summary>What it depends on there: <c>Npgsql 8.0.9</c>.</summary>
    internal IEnumerable<string> DependenciesOn(string framework) =>
        Element("dependencies").Elements().Single(group => group.Attribute("targetFramework")?.Value == framework).Elements()
            .Select(item => $"{item.Attribute("id")?.Value} {item.Attribute("version")?.Value}");

    private static string Text(XElement metadata, string name) =>
        metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value ?? "";
}
