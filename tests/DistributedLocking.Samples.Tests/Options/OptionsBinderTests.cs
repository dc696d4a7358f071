using ConcurrentMutation.Options;
using ConcurrentMutation.Run;
using ConcurrentMutation.Stages;

namespace DistributedLocking.Samples.Tests.Options;

public sealed class OptionsBinderTests
{
    private readonly Dictionary<string, string> options = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> variables = new(StringComparer.Ordinal);

    [Fact]
    public void Has_the_documented_defaults()
    {
        var bound = Bind();

        bound.Processes.ShouldBe(2);
        bound.Workers.ShouldBe(1);
        bound.Duration.ShouldBe(TimeSpan.FromSeconds(10));
        bound.Interval.ShouldBe(TimeSpan.FromMilliseconds(100));
        bound.Expiry.ShouldBe(TimeSpan.FromSeconds(10));
        bound.Mutex.ShouldBe(MutexKind.File);
        bound.Database.ShouldBe(DatabaseKind.Sqlite);
        bound.Data.ShouldBeEmpty();
        bound.Stages.ShouldBe(Stage.All);
    }

    [Fact]
    public void An_option_beats_its_variable_and_a_variable_the_default()
    {
        variables["DEMO_REDIS"] = "variable:1";
        variables["DEMO_EXPIRY"] = "3s";
        options["--redis"] = "option:2";

        var bound = Bind();

        bound.Redis.ShouldBe("option:2");
        bound.Expiry.ShouldBe(TimeSpan.FromSeconds(3));
    }

    [Fact]
    public void An_empty_variable_is_not_set()
    {
        variables["DEMO_WORKERS"] = "";

        Bind().Workers.ShouldBe(1);
    }

    [Theory]
    [InlineData("--processes", "0")]
    [InlineData("--processes", "65")]
    [InlineData("--workers", "two")]
    [InlineData("--workers", "-1")]
    [InlineData("--duration", "10")]
    [InlineData("--duration", "0s")]
    [InlineData("--interval", "0ms")]
    [InlineData("--expiry", "1ms")]
    [InlineData("--mutex", "paper")]
    [InlineData("--mutex", "1")]
    [InlineData("--database", "oracle")]
    [InlineData("--stages", "warm-up")]
    public void Names_the_option_that_is_wrong(string option, string value)
    {
        options[option] = value;

        var exception = Should.Throw<DemoException>(Bind);

        exception.Message.ShouldStartWith($"{option}: ");
        exception.Message.ShouldContain(value);
        exception.ExitCode.ShouldBe(ExitCode.BadOption);
    }

    [Fact]
    public void Names_the_variable_that_is_wrong()
    {
        variables["DEMO_EXPIRY"] = "soon";

        Should.Throw<DemoException>(Bind).Message.ShouldStartWith("DEMO_EXPIRY: ");
    }

    [Fact]
    public void Refuses_a_lock_in_memory_between_processes()
    {
        options["--mutex"] = "memory";

        var message = Should.Throw<DemoException>(Bind).Message;

        message.ShouldContain("--mutex memory");
        message.ShouldContain("--processes 1");
    }

    [Theory]
    [InlineData("--processes", "1")]
    [InlineData("--stages", "no-mutex,version")]
    public void Allows_a_lock_in_memory_where_it_holds(string option, string value)
    {
        options["--mutex"] = "Memory";
        options[option] = value;

        Bind().Mutex.ShouldBe(MutexKind.Memory);
    }

    [Theory]
    [InlineData("mysql", "Server=db;User ID=a;Password=secret")]
    [InlineData("postgres", "Host=db;Username=a;Password='semi;colon'")]
    public void Takes_a_connection_string_as_it_is(string database, string connection)
    {
        options["--database"] = database;
        variables[$"DEMO_{database.ToUpperInvariant()}"] = connection;

        var bound = Bind();

        (bound.Database == DatabaseKind.MySql ? bound.MySql : bound.Postgres).ShouldBe(connection);
    }

    [Theory]
    [InlineData("mysql", "secret")]
    [InlineData("mysql", "Server=db;Passwort=secret")]
    [InlineData("mysql", "Server=db;Port=secret")]
    [InlineData("mysql", "Database=db;Password=secret")]
    [InlineData("postgres", "postgres://a:secret@db/staff")]
    [InlineData("postgres", "Host=db;Passwort=secret")]
    [InlineData("postgres", "Host=db;Port=secret")]
    [InlineData("postgres", "Database=db;Password=secret")]
    public void Refuses_a_connection_string_that_is_none_and_does_not_show_it(string database, string connection)
    {
        options["--database"] = database;
        variables[$"DEMO_{database.ToUpperInvariant()}"] = connection;

        var exception = Should.Throw<DemoException>(Bind);

        exception.Message.ShouldStartWith($"DEMO_{database.ToUpperInvariant()}: ");
        exception.Message.ShouldNotContain("secret");
        exception.ExitCode.ShouldBe(ExitCode.BadOption);
    }

    [Theory]
    [InlineData("mysql")]
    [InlineData("postgres")]
    public void Checks_the_connection_string_of_the_mutex_too(string mutex)
    {
        options["--mutex"] = mutex;
        options[$"--{mutex}"] = "Password=secret";

        Should.Throw<DemoException>(Bind).Message.ShouldStartWith($"--{mutex}: ");
    }

    [Theory]
    [InlineData("mysql")]
    [InlineData("postgres")]
    public void Has_a_server_by_default(string database)
    {
        options["--database"] = database;
        options["--mutex"] = database;

        Should.NotThrow(Bind);
    }

    [Theory]
    [InlineData("Server=db;Port=3307;User ID=a;Password=secret;Database=staff", "db:3307/staff")]
    [InlineData("Host=one,two;Username=secret;Password='a;Database=secret'", "one,two")]
    [InlineData("data source=db;initial catalog=staff", "db/staff")]
    public void Shows_server_and_database_only(string connection, string shown) => ConnectionText.RedactSql(connection).ShouldBe(shown);

    [Theory]
    [InlineData("localhost:6379", "localhost:6379")]
    [InlineData("one:1, two:2,password=secret,ssl=true", "one:1,two:2")]
    public void Shows_no_password(string connection, string shown) => ConnectionText.Redact(connection).ShouldBe(shown);

    private DemoOptions Bind() => new OptionsBinder(setting => options.GetValueOrDefault(setting.Option), variables.GetValueOrDefault).Bind();
}
