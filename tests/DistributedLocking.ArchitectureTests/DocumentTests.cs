using System.Text.RegularExpressions;

namespace DistributedLocking.ArchitectureTests;

/// <summary>Code in the documents is code that compiles, and their links lead somewhere.</summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> Documents => [.. Repository.Documents.Select(Repository.Relative)];

    /// <summary>All but what a registry shows of a package in a few lines.</summary>
    public static TheoryData<string> Pages =>
        [.. Repository.Documents.Select(Repository.Relative).Where(document => !document.StartsWith("src/", StringComparison.Ordinal))];

    public static TheoryData<string> PackageReadmes => [.. Repository.PackageReadmes.Select(Repository.Relative)];

    public static TheoryData<string> CommonOptions => [.. typeof(DistributedLockOptions).GetProperties().Select(option => option.Name)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Code_in_a_document_is_a_region_of_a_snippet_file_that_compiles(string document)
    {
        foreach (var code in Fences(document))
        {
            Regions.Values.Contains(code, StringComparer.Ordinal).ShouldBeTrue($"A csharp block of {document} is no region of a file in Snippets: {code}");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_shows_the_usings_of_its_code(string document)
    {
        var shown = Fences(document).ToHashSet(StringComparer.Ordinal);
        foreach (var (file, regions) in RegionsByFile.Where(file => file.Value.Values.Any(shown.Contains)))
        {
            var usings = regions.Where(region => region.Key.StartsWith("usings ", StringComparison.Ordinal)).Select(region => region.Value);
            usings.Any(shown.Contains).ShouldBeTrue($"{document} shows code of {file}, and not its usings.");
        }
    }

    [Fact]
    public void Every_snippet_is_shown_somewhere()
    {
        var shown = Repository.Documents.Select(Repository.Relative).SelectMany(Fences).ToHashSet(StringComparer.Ordinal);

        Regions.Where(region => !shown.Contains(region.Value)).Select(region => region.Key).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_relative_link_leads_to_a_file_and_its_heading(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        foreach (Match link in Link().Matches(File.ReadAllText(Path.Combine(Repository.Root, document))))
        {
            var target = link.Groups["target"].Value;
            if (!target.StartsWith("http", StringComparison.Ordinal))
            {
                var parts = target.Split('#');
                var path = parts[0].Length == 0 ? Path.Combine(Repository.Root, document) : Path.Combine(folder, parts[0]);
                Path.Exists(path).ShouldBeTrue($"{document} links to {target}.");
                (parts.Length == 1 || Anchors(path).Contains(parts[1], StringComparer.Ordinal)).ShouldBeTrue($"{document} links to {target}.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(PackageReadmes))]
    public void A_link_of_a_packages_readme_leads_to_a_file_in_the_repository_that_the_package_names(string document)
    {
        foreach (Match link in Link().Matches(File.ReadAllText(Path.Combine(Repository.Root, document))))
        {
            var target = link.Groups["target"].Value;
            target.ShouldStartWith(Repository.FilesUrl);
            File.Exists(Path.Combine(Repository.Root, target[Repository.FilesUrl.Length..].Split('#')[0])).ShouldBeTrue($"{document} links to {target}.");
        }
    }

    [Theory]
    [MemberData(nameof(CommonOptions))]
    public void A_common_option_has_a_row_in_the_guide(string option) =>
        File.ReadAllText(Path.Combine(Repository.Root, "docs", "guide.md")).ShouldContain($"| `{option}` |");

    private static Dictionary<string, Dictionary<string, string>> RegionsByFile { get; } = Directory
        .EnumerateFiles(Path.Combine(Repository.Root, "tests", "DistributedLocking.ArchitectureTests", "Snippets"), "*.cs")
        .ToDictionary(path => Path.GetFileName(path), RegionsOf, StringComparer.Ordinal);

    private static Dictionary<string, string> Regions { get; } = RegionsByFile.Values.SelectMany(file => file).ToDictionary(StringComparer.Ordinal);

    private static Dictionary<string, string> RegionsOf(string path) => Region().Matches(File.ReadAllText(path))
        .ToDictionary(match => match.Groups["name"].Value, match => Normalize(match.Groups["code"].Value), StringComparer.Ordinal);

    private static IEnumerable<string> Fences(string document) =>
        Fence().Matches(File.ReadAllText(Path.Combine(Repository.Root, document))).Select(match => Normalize(match.Groups["code"].Value));

    /// <summary>What headings are called in a link, as on GitHub.</summary>
    private static IEnumerable<string> Anchors(string path) => Heading().Matches(File.ReadAllText(path))
        .Select(heading => NotInAnchor().Replace(heading.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    private static string Normalize(string code)
    {
        var lines = code.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()).SkipWhile(line => line.Length == 0).ToList();
        var indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > 0 ? line[indent..] : line)).TrimEnd();
    }

    [GeneratedRegex(@"#region (?<name>[^\n]+)\n(?<code>.*?)\n[ ]*#endregion", RegexOptions.Singleline, 1000)]
    private static partial Regex Region();

    [GeneratedRegex(@"```csharp\n(?<code>.*?)\n```", RegexOptions.Singleline, 1000)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^#+ (?<text>[^\r\n]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, 1000)]
    private static partial Regex NotInAnchor();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();
}
