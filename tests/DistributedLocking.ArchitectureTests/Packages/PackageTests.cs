namespace DistributedLocking.ArchitectureTests.Packages;

/// <summary>What a registry shows of a package, and what comes with it.</summary>
public sealed class PackageTests(PackedPackages packed)
{
    private static readonly string[] Frameworks = ["net8.0", "net10.0"];

    [Fact]
    public async Task Every_library_is_a_package_and_nothing_else_is()
    {
        var packages = await packed.GetAsync();
        var libraries = Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src")).Select(Path.GetFileName).Order(StringComparer.Ordinal);

        packages.All.Select(package => package.Name).Order(StringComparer.Ordinal).ShouldBe(libraries);
    }

    [Fact]
    public async Task A_package_says_what_it_is_and_where_it_comes_from()
    {
        foreach (var package in (await packed.GetAsync()).All)
        {
            package["description"].ShouldNotBeEmpty(package.Name);
            package["tags"].ShouldNotBeEmpty(package.Name);
            package["license"].ShouldBe("MIT", package.Name);
            package["projectUrl"].ShouldBe(Repository.Url, package.Name);
            package["releaseNotes"].ShouldStartWith(Repository.Url, customMessage: package.Name);
            var repository = package.Element("repository");
            repository.Attribute("type")?.Value.ShouldBe("git", package.Name);
            repository.Attribute("url")?.Value.ShouldBe(Repository.Url, package.Name);
            repository.Attribute("commit").ShouldNotBeNull(package.Name);
        }
    }

    [Fact]
    public async Task A_package_brings_a_readme_an_icon_and_documentation()
    {
        foreach (var package in (await packed.GetAsync()).All)
        {
            var libraries = Frameworks.Select(framework => $"lib/{framework}/{package.Name}").ToList();
            string[] expected = package.IsTool
                ? [package["readme"], package["icon"], "tools/net10.0/any/dlock.dll"]
                : [package["readme"], package["icon"], .. libraries.Select(path => $"{path}.dll"), .. libraries.Select(path => $"{path}.xml")];

            expected.Except(package.Files, StringComparer.Ordinal).ShouldBeEmpty(package.Name);
        }
    }

    [Theory]
    [InlineData("net8.0", "DistributedLocking.PostgreSql", "Npgsql 8.0.9")]
    [InlineData("net10.0", "DistributedLocking.PostgreSql", "Npgsql 10.0.3")]
    [InlineData("net8.0", "DistributedLocking.MySql", "MySqlConnector 2.4.0")]
    [InlineData("net10.0", "DistributedLocking.MySql", "MySqlConnector 2.4.0")]
    [InlineData("net8.0", "DistributedLocking.Redis", "StackExchange.Redis 2.13.23")]
    [InlineData("net10.0", "DistributedLocking.Redis", "StackExchange.Redis 2.13.23")]
    public async Task A_package_asks_for_the_oldest_client_that_it_works_with_and_for_nothing_else(string framework, string name, string client) =>
        (await packed.GetAsync()).All.Single(package => package.Name == name).DependenciesOn(framework)
            .Where(dependency => !dependency.StartsWith("DistributedLocking", StringComparison.Ordinal)).ShouldBe([client]);
}
