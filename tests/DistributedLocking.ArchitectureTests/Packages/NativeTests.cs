using DistributedLocking.TestKit;

namespace DistributedLocking.ArchitectureTests.Packages;

/// <summary>
/// An application with all providers that talk to servers, published without what it does not use. A warning is an
/// error there.
/// </summary>
[Collection(typeof(BuiltConsumers))]
public sealed class NativeTests(Consumers consumers, Servers servers)
{
    [Fact]
    public async Task An_application_that_is_compiled_ahead_of_time_works() => await RunAsync(await consumers.PublishAsync("NativeAot", "native"));

    [Fact]
    public async Task A_trimmed_application_works() =>
        await RunAsync(await consumers.PublishAsync("NativeAot", "trimmed", "--self-contained", "-p:PublishAot=false", "-p:PublishTrimmed=true"));

    private async Task RunAsync(string program)
    {
        var output = await Command.RunAsync(
            program,
            $"--redis:Configuration={servers.Redis}",
            $"--postgresql:ConnectionString={servers.PostgreSql}",
            $"--mysql:ConnectionString={servers.MySql}");

        foreach (var server in new[] { "redis", "postgresql", "mysql" })
        {
            output.ShouldContain($"{server}; held: True, others: refused");
        }
    }
}
