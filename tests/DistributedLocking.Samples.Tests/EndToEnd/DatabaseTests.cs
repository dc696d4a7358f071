using ConcurrentMutation.Run;
using ConcurrentMutation.Stages;
using DistributedLocking.Samples.Tests.Databases;

namespace DistributedLocking.Samples.Tests.EndToEnd;

/// <summary>The demo over a database server.</summary>
public abstract class DatabaseTests(DatabaseFixture database)
{
    private const string Secret = "open-sesame";

    [Fact]
    public async Task Only_the_unprotected_stage_is_inconsistent()
    {
        // A long time between read and write makes the race certain, however busy the machine is.
        using var demo = Start(database.Server.ConnectionString, "--duration", "1s", "--interval", "100ms", "--work", "50ms");

        var (exitCode, output, errors) = await demo.WaitForEndAsync();

        errors.ShouldBeEmpty();
        exitCode.ShouldBe(ExitCode.Success, output);
        output.ShouldContain($"{database.Name} ({database.Server.Host}:{database.Server.Port}/{database.Server.Database})");

        var table = DemoOutput.ReadTable(output);
        table.Keys.ShouldBe(Stage.All.Select(stage => stage.Name), ignoreOrder: true);
        table.ShouldAllBe(row => row.Value.Mutations > 0);
        table.ShouldAllBe(row => row.Value.Inconsistencies > 0 == string.Equals(row.Key, "no mutex", StringComparison.Ordinal));
        table["version"].Errors.ShouldBeGreaterThan(0);
        table.Where(row => row.Key.EndsWith("row lock", StringComparison.Ordinal)).ShouldAllBe(row => row.Value.Errors == 0);
    }

    [Fact]
    public async Task Locks_in_the_database()
    {
        using var demo = Start(
            database.Server.ConnectionString, "--mutex", database.Name, "--stages", "mutex,benchmark-mutex", "--duration", "1s", "--work", "20ms");

        var (exitCode, output, errors) = await demo.WaitForEndAsync();

        errors.ShouldBeEmpty();
        exitCode.ShouldBe(ExitCode.Success, output);
        var table = DemoOutput.ReadTable(output);
        table.Keys.ShouldBe(["mutex", "benchmark mutex"]);
        table.Values.ShouldAllBe(row => row.Mutations > 0 && row.Inconsistencies == 0 && row.Errors == 0);
    }

    [Fact]
    public async Task Says_in_one_line_that_the_mutex_has_a_wrong_password()
    {
        using var demo = SampleProcess.Start("ConcurrentMutation", "--mutex", database.Name, $"--{database.Name}", database.With("Password", Secret));

        var (exitCode, output, errors) = await demo.WaitForEndAsync();

        exitCode.ShouldBe(ExitCode.Failure);
        ShouldBeOneLine(errors, $"error: the mutex {database.Name} ({database.Server.Host}:{database.Server.Port}/{database.Server.Database}) can't be used: ");
        errors.ShouldContain("password authentication failed for the user");
        (output + errors).ShouldNotContain(Secret);
    }

    [Fact]
    public async Task Says_in_one_line_that_the_password_is_wrong()
    {
        using var demo = Start(database.With("Password", Secret));

        var (exitCode, output, errors) = await demo.WaitForEndAsync();

        exitCode.ShouldBe(ExitCode.Failure);
        ShouldBeOneLine(errors, $"error: the database {database.Name} ({database.Server.Host}:{database.Server.Port}/{database.Server.Database}) can't be used: ");
        errors.ShouldContain(database.Server.User);
        (output + errors).ShouldNotContain(Secret);
    }

    [Fact]
    public async Task Says_in_one_line_that_the_server_is_away()
    {
        using var absent = new AbsentServer();
        using var demo = Start($"Host=127.0.0.1;Port={absent.Port};Database=staff;Password={Secret}");

        var (exitCode, output, errors) = await demo.WaitForEndAsync();

        exitCode.ShouldBe(ExitCode.Failure);
        ShouldBeOneLine(errors, $"error: the database {database.Name} (127.0.0.1:{absent.Port}/staff) can't be used: ");
        (output + errors).ShouldNotContain(Secret);
    }

    [Fact]
    public async Task Says_in_one_line_that_the_connection_string_is_wrong()
    {
        using var demo = Start($"Host=127.0.0.1;Passwort={Secret}");

        var (exitCode, output, errors) = await demo.WaitForEndAsync();

        exitCode.ShouldBe(ExitCode.BadOption);
        ShouldBeOneLine(errors, $"error: --{database.Name}: ");
        (output + errors).ShouldNotContain(Secret);
    }

    private SampleProcess Start(string connection, params IEnumerable<string> arguments) =>
        SampleProcess.Start("ConcurrentMutation", ["--database", database.Name, $"--{database.Name}", connection, .. arguments]);

    private static void ShouldBeOneLine(string errors, string start)
    {
        errors.ShouldStartWith(start);
        errors.TrimEnd().Length.ShouldBeGreaterThan(start.TrimEnd().Length);
        errors.TrimEnd().ShouldNotContain('\n');
    }
}

[Collection<MySqlGroup>]
public sealed class MySqlTests(MySqlFixture database) : DatabaseTests(database);

[Collection<PostgreSqlGroup>]
public sealed class PostgreSqlTests(PostgreSqlFixture database) : DatabaseTests(database);
