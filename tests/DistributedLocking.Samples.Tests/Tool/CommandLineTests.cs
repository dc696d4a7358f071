using System.Text.Json;

namespace DistributedLocking.Samples.Tests.Tool;

/// <summary>Wrong command lines, stores that are away, and what is shown.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("dlock-");

    private (string Name, string Value) Store => ("DLOCK_FILES", _directory.FullName);

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("say where the locks are", "list")]
    [InlineData("the locks are in one place", "list", "--files", "/tmp", "--redis", "localhost")]
    [InlineData("Required argument", "run", "key", "--files", "/tmp")]
    [InlineData("no duration", "run", "key", "--wait", "soon", "--files", "/tmp", "--", "true")]
    [InlineData("one of --semaphore", "run", "key", "--read", "--write", "--files", "/tmp", "--", "true")]
    [InlineData("--force takes it away", "release", "key", "--files", "/tmp")]
    [InlineData("endpoint", "list", "--etcd", "not an address")]
    public async Task A_wrong_command_line_ends_with_64_and_says_why(string reason, params string[] arguments)
    {
        var (exitCode, output, errors) = await Dlock.RunAsync(store: null, arguments);

        exitCode.ShouldBe(64, errors);
        errors.ShouldStartWith("dlock: ");
        errors.ShouldContain(reason, Case.Insensitive);
        output.Trim().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_store_that_is_away_ends_with_69_and_keeps_the_password()
    {
        var (exitCode, _, errors) = await Dlock.RunAsync(("DLOCK_REDIS", "127.0.0.1:1,password=s3cret"), "run", "key", "--wait", "0", "--", "echo", "no");

        exitCode.ShouldBe(69, errors);
        errors.ShouldContain("connection refused by 127.0.0.1:1");
        errors.ShouldNotContain("s3cret");
    }

    [Theory]
    [InlineData(127, "no-such-command")]
    [InlineData(126, "/")]
    public async Task A_command_that_can_not_be_run_ends_as_in_a_shell(int exitCode, string command)
    {
        (await Dlock.RunAsync(Store, "run", "key", "--", command)).ExitCode.ShouldBe(exitCode);
        (await Dlock.RunAsync(Store, "run", "key", "--wait", "0", "--", "true")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_signal_ends_the_wait_for_the_lock_and_nothing_is_run()
    {
        using var holder = await Dlock.HoldAsync(Store, "key");
        using var waiter = Dlock.Start(Store, "run", "key", "--", "echo", "no");
        using var watcher = Dlock.Start(Store, "list", "--watch", "--json");
        await watcher.LineAsync("\"key\":\"key\"");

        // By then the waiter, which was started before, takes signals.
        await watcher.LineAsync("\"key\":\"key\"");
        waiter.Signal("TERM");
        watcher.Signal("INT");

        var (exitCode, output, errors) = await waiter.EndAsync();
        exitCode.ShouldBe(143, errors);
        output.Trim().ShouldBeEmpty();
        (await watcher.EndAsync()).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_key_is_shown_as_a_table_or_as_JSON()
    {
        var free = await Dlock.RunAsync(Store, "show", "key", "--json");
        free.Output.Trim().ShouldBe("[]");
        using var holder = await Dlock.HoldAsync(Store, "key");

        var table = await Dlock.RunAsync(Store, "show", "key");
        table.Output.ShouldContain("held by");
        table.Output.ShouldContain(Environment.MachineName);
        var shown = await Dlock.RunAsync(Store, "show", "key", "--json");
        var entry = JsonDocument.Parse(shown.Output).RootElement.EnumerateArray().ShouldHaveSingleItem();
        entry.GetProperty("fencingToken").GetInt64().ShouldBeGreaterThan(0);
        entry.TryGetProperty("ownerId", out _).ShouldBeFalse();
    }
}
