namespace DistributedLocking.ArchitectureTests.Packages;

/// <summary>
/// Applications with the libraries that people have beside the lock, which decide together what versions are taken.
/// </summary>
[Collection(typeof(BuiltConsumers))]
public sealed class ConsumerTests(Consumers consumers, Servers servers)
{
    private const string Excluded = "held: True, others: refused";

    // A registry may have packages of these names and this version.
    [Fact]
    public void The_applications_use_the_packages_that_were_packed()
    {
        string[] expected = ["DistributedLocking", "DistributedLocking.MySql", "DistributedLocking.PostgreSql", "DistributedLocking.Redis", "DistributedLocking.Sql"];

        consumers.Used.Select(pair => pair.Packed.Name).ShouldBe(expected);
        consumers.Used.Where(pair => !File.ReadAllBytes(pair.Packed.Path).SequenceEqual(File.ReadAllBytes(pair.Restored))).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("net8.0", 8)]
    [InlineData("net10.0", 10)]
    public async Task An_application_with_Entity_Framework_Core_keeps_the_Npgsql_of_its_version(string framework, int version)
    {
        var output = await Consumers.RunAsync("EntityFramework", framework, Servers.OwnDatabase(servers.PostgreSql));

        output.ShouldContain($"2 items; {Excluded}");
        output.ShouldContain($"Npgsql {version}");
    }

    [Fact]
    public async Task An_application_with_Pomelo_works()
    {
        var output = await Consumers.RunAsync("Pomelo", "net10.0", Servers.OwnDatabase(servers.MySql));

        output.ShouldContain($"2 items; {Excluded}");
    }

    [Theory]
    [InlineData("cache")]
    [InlineData("database")]
    public async Task The_lock_takes_the_client_that_Aspire_registers(string name)
    {
        var output = await Consumers.RunAsync(
            "Aspire", "net10.0", $"--ConnectionStrings:cache={servers.Redis}", $"--ConnectionStrings:database={servers.PostgreSql}", $"--lock={name}");

        output.ShouldContain($"2 items; {Excluded}");
    }
}
