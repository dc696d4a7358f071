namespace DistributedLocking.Samples.Tests.Tool;

/// <summary>What <c>dlock run</c> does with its command, its signals and its exit codes, on lock files.</summary>
public sealed class RunTests : IDisposable
{
    private const string Waiting = "echo started; while :; do sleep 0.1; done";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("dlock-");

    private (string Name, string Value) Store => ("DLOCK_FILES", _directory.FullName);

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task The_command_knows_its_key_its_owner_and_its_token()
    {
        var (exitCode, output, errors) = await Dlock.RunAsync(Store, "run", "key", "--", "sh", "-c", "echo \"$DLOCK_KEY|$DLOCK_OWNER|$DLOCK_FENCING_TOKEN\"; exit 7");

        exitCode.ShouldBe(7, errors);
        output.Trim().ShouldMatch($@"^key\|{Environment.MachineName}:\d+:\S+\|\d{{16}}$");
        (await Dlock.RunAsync(Store, "run", "key", "--", "sh", "-c", "[ $DLOCK_FENCING_TOKEN -gt " + output.Trim().Split('|')[2] + " ]")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Held_elsewhere_it_fails_or_skips_as_it_is_told()
    {
        using var holder = await Dlock.HoldAsync(Store, "key");

        var failed = await Dlock.RunAsync(Store, "run", "key", "--if-held", "fail", "--", "echo", "no");
        failed.ExitCode.ShouldBe(75);
        failed.Errors.ShouldContain("'key' is held by somebody else.");
        var skipped = await Dlock.RunAsync(Store, "run", "key", "--if-held", "skip", "--", "echo", "no");
        skipped.ExitCode.ShouldBe(0);
        (skipped.Output + skipped.Errors).Trim().ShouldBeEmpty();
        (await Dlock.RunAsync(Store, "run", "key", "--wait", "200ms", "--", "echo", "no")).ExitCode.ShouldBe(75);
    }

    [Fact]
    public async Task Who_waits_runs_when_the_holder_ends()
    {
        using var holder = await Dlock.HoldAsync(Store, "key");
        using var waiter = Dlock.Start(Store, "run", "key", "--", "echo", "mine");

        await holder.TypeAsync("enough");

        var (exitCode, output, errors) = await waiter.EndAsync();
        exitCode.ShouldBe(0, errors);
        output.ShouldContain("mine");
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("USR1")]
    public async Task A_signal_is_the_commands(string signal)
    {
        using var holder = Dlock.Start(Store, "run", "key", "--", "sh", "-c", $"trap 'echo got; exit 9' {signal}; {Waiting}");
        await holder.LineAsync("started");

        holder.Signal(signal);

        var (exitCode, output, errors) = await holder.EndAsync();
        exitCode.ShouldBe(9, errors);
        output.ShouldContain("got");
    }

    [Fact]
    public async Task A_command_that_dies_by_a_signal_ends_as_in_a_shell()
    {
        (await Dlock.RunAsync(Store, "run", "key", "--", "sh", "-c", "kill -KILL $$")).ExitCode.ShouldBe(137);
    }

    [Fact]
    public async Task A_lock_that_is_taken_away_ends_the_command_with_force_where_it_does_not_listen()
    {
        using var holder = Dlock.Start(Store, "run", "key", "--ttl", "9s", "--grace", "300ms", "--", "sh", "-c", $"trap '' TERM; {Waiting}");
        await holder.LineAsync("started");

        var released = await Dlock.RunAsync(Store, "release", "key", "--force");

        released.ExitCode.ShouldBe(0, released.Errors);
        var (exitCode, _, errors) = await holder.EndAsync();
        exitCode.ShouldBe(74, errors);
        (await Dlock.RunAsync(Store, "release", "key", "--force")).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task Permits_readers_and_writers_exclude_as_they_should()
    {
        using var first = await Dlock.HoldAsync(Store, "key", "--semaphore", "2");
        using var second = await Dlock.HoldAsync(Store, "key", "--semaphore", "2");
        (await TryAsync("--semaphore", "2")).ShouldBe(75);
        using var reader = await Dlock.HoldAsync(Store, "key", "--read");
        (await TryAsync("--read")).ShouldBe(0);
        (await TryAsync("--write")).ShouldBe(75);

        var list = await Dlock.RunAsync(Store, "list", "--prefix", "ke", "--json");
        list.Output.Split("\"kind\":\"permit\"").Length.ShouldBe(3, list.Output);
        list.Output.ShouldContain("\"kind\":\"reader\"");

        async Task<int> TryAsync(params string[] options) => (await Dlock.RunAsync(Store, ["run", "key", "--wait", "0", .. options, "--", "true"])).ExitCode;
    }
}
