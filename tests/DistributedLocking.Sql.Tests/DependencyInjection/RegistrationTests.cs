using System.Data.Common;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Sql.Tests.DependencyInjection;

public abstract class RegistrationTests(TestDatabase database)
{
    private readonly string _prefix = TestDatabase.NewName("test");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_string() => await ShouldLockAsync(services => database.Add(services, database.ConnectionString));

    [Fact]
    public async Task A_factory_whose_data_source_stays_open()
    {
        await using var source = database.CreateSource(database.ConnectionString);

        await ShouldLockAsync(services => database.Add(services, _ => source));

        await ShouldBeOpenAsync(source);
    }

    [Fact]
    public async Task Options() => await ShouldLockAsync(services => database.Add(services, options =>
    {
        options.ConnectionString = database.ConnectionString;
        options.Mode = SqlLockMode.Lease;
        options.KeyPrefix = _prefix;
    }));

    [Fact]
    public async Task A_section() => await ShouldLockAsync(services => database.Add(services, Section(
        ("ConnectionString", database.ConnectionString), ("KeyPrefix", _prefix), ("Mode", "lease"), ("MaxConnections", "3"), ("LongHoldWarning", "infinite"))));

    [Fact]
    public async Task The_registered_data_source_which_stays_open()
    {
        await using var source = database.CreateSource(database.ConnectionString);

        await ShouldLockAsync(services => database.Add(services).AddSingleton(source));

        await ShouldBeOpenAsync(source);
    }

    [Fact]
    public async Task A_registered_data_source_of_another_type() =>
        await ShouldLockAsync(services => database.Add(services).AddSingleton<DbDataSource>(new RecordingDataSource(database.Source)));

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task A_factory_of_a_data_source_of_another_type(SqlLockMode mode)
    {
        var source = new RecordingDataSource(database.Source);

        await ShouldLockAsync(services => database.Add(services, options => (options.DataSource, options.Mode) = (_ => source, mode)));

        source.Commands.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task The_drivers_own_registration_is_taken_even_where_another_driver_has_the_common_one() => await ShouldLockAsync(
        services => AddOwn(database.Add(services)).AddSingleton<DbDataSource>(_ => throw new InvalidOperationException("resolved")));

    [Fact]
    public async Task Keyed_with_a_connection_string() =>
        await ShouldLockAsync(services => database.AddKeyed(services, "orders", database.ConnectionString), "orders");

    [Fact]
    public async Task Keyed_with_a_factory() => await ShouldLockAsync(services => database.AddKeyed(services, "orders", _ => database.Source), "orders");

    [Fact]
    public async Task Keyed_with_options() => await ShouldLockAsync(
        services => database.AddKeyed(services, DayOfWeek.Friday, options => options.ConnectionString = database.ConnectionString), DayOfWeek.Friday);

    [Fact]
    public async Task Keyed_with_a_section() =>
        await ShouldLockAsync(services => database.AddKeyed(services, "orders", Section(("ConnectionString", database.ConnectionString))), "orders");

    [Fact]
    public async Task Keyed_over_the_unkeyed_data_source() =>
        await ShouldLockAsync(services => database.AddKeyed(services, "orders").AddSingleton(database.Source), "orders");

    [Fact]
    public async Task Keyed_over_the_data_source_of_the_same_key_rather_than_the_unkeyed() => await ShouldLockAsync(
        services => database.AddKeyed(services, "orders")
            .AddSingleton<DbDataSource>(_ => throw new InvalidOperationException("resolved"))
            .AddKeyedSingleton("orders", database.Source),
        "orders");

    [Fact]
    public void Without_any_database_the_validation_says_what_to_do()
    {
        using var services = database.Add(new ServiceCollection()).BuildServiceProvider();

        Should.Throw<OptionsValidationException>(services.GetRequiredService<IDistributedLock>).Message.ShouldContain("DbDataSource");
        Should.Throw<OptionsValidationException>(services.GetRequiredService<IStartupValidator>().Validate);
    }

    [Fact]
    public void A_lock_that_is_registered_later_takes_the_place()
    {
        using var services = database.AddKeyed(database.Add(new ServiceCollection()), "orders")
            .AddInMemoryLock()
            .AddKeyedInMemoryLock("orders")
            .BuildServiceProvider();

        services.GetRequiredService<IStartupValidator>().Validate();
        services.GetRequiredService<IDistributedLock>().ShouldNotBeNull();
        services.GetRequiredKeyedService<IDistributedLock>("orders").ShouldNotBeNull();
    }

    [Fact]
    public async Task The_last_registration_counts_and_is_no_mixture() => await ShouldLockAsync(services =>
    {
        database.Add(services, _ => throw new InvalidOperationException("resolved"));
        database.Add(services, database.ConnectionString);
    });

    [Fact]
    public void A_null_connection_string_is_told_with_where_it_comes_from()
    {
        using var services = database.AddKeyed(new ServiceCollection(), "orders", options => options.ConnectionString = null).BuildServiceProvider();

        Should.Throw<ArgumentNullException>(() => database.Add(new ServiceCollection(), (string)null!)).Message.ShouldContain("configuration.GetConnectionString");
        var message = Should.Throw<OptionsValidationException>(services.GetRequiredService<IStartupValidator>().Validate).Message;
        message.ShouldContain("'orders': ");
        message.ShouldContain("SqlLockOptions.ConnectionString is null");
        message.ShouldContain("configuration.GetConnectionString");
    }

    [Fact]
    public void A_data_source_of_another_key_is_not_taken()
    {
        using var services = database.AddKeyed(new ServiceCollection(), "orders").AddKeyedSingleton("other", database.Source).BuildServiceProvider();

        Should.Throw<OptionsValidationException>(() => services.GetRequiredKeyedService<IDistributedLock>("orders")).Message.ShouldContain("DbDataSource");
    }

    [Fact]
    public void The_validation_at_start_resolves_no_data_source()
    {
        using var services = database.Add(new ServiceCollection())
            .AddSingleton<DbDataSource>(_ => throw new InvalidOperationException("resolved"))
            .BuildServiceProvider();

        services.GetRequiredService<IStartupValidator>().Validate();
    }

    [Theory]
    [InlineData("Tabel", "locks", "'Locks:Tabel' is not a known option")]
    [InlineData("Mode", "1", "'Locks:Mode' has the value '1', which is not RowLock or Lease")]
    [InlineData("Mode", "RowLock,Lease", "'Locks:Mode' has the value 'RowLock,Lease'")]
    [InlineData("CreateTable", "maybe", "'Locks:CreateTable' has the value 'maybe'")]
    [InlineData("CommandTimeout", "soon", "'Locks:CommandTimeout' has the value 'soon'")]
    [InlineData("MaxConnections", "many", "'Locks:MaxConnections' has the value 'many'")]
    [InlineData("UnusedKeyRetention", "ever", "'Locks:UnusedKeyRetention' has the value 'ever'")]
    [InlineData("LongHoldWarning", "0s", "LongHoldWarning 00:00:00")]
    [InlineData("Table", "", "Table must not be null or blank")]
    public void A_section_with_a_mistake_is_an_error_that_names_it(string name, string value, string expected)
    {
        using var services = database.Add(new ServiceCollection(), Section(("ConnectionString", database.ConnectionString), (name, value))).BuildServiceProvider();

        Should.Throw<OptionsValidationException>(services.GetRequiredService<IStartupValidator>().Validate).Message.ShouldContain(expected);
    }

    [Theory]
    [InlineData("Password=abc;s3cret=1")]
    [InlineData("s3cret")]
    [InlineData("Port=s3cret")]
    public void A_connection_string_that_can_not_be_read_is_not_quoted(string text)
    {
        using var services = database.Add(new ServiceCollection(), text).BuildServiceProvider();

        Should.Throw<OptionsValidationException>(services.GetRequiredService<IDistributedLock>).ToString().ShouldNotContain("s3cret");
    }

    [Fact]
    public void Arguments_are_checked_at_the_call()
    {
        var services = new ServiceCollection();

        Should.Throw<ArgumentException>(() => database.Add(services, " "));
        Should.Throw<ArgumentNullException>(() => database.Add(services, (string)null!));
        Should.Throw<ArgumentNullException>(() => database.Add(services, (Func<IServiceProvider, DbDataSource>)null!));
        Should.Throw<ArgumentNullException>(() => database.Add(services, (Action<SqlLockOptions>)null!));
        Should.Throw<ArgumentNullException>(() => database.Add(services, (IConfiguration)null!));
        Should.Throw<ArgumentNullException>(() => database.AddKeyed(services, null!));
        Should.Throw<ArgumentNullException>(() => database.AddKeyed(services, null!, database.ConnectionString));
        Should.Throw<ArgumentNullException>(() => database.Add((IServiceCollection)null!));
    }

    [Fact]
    public void A_factory_that_returns_null_is_an_error_that_says_so()
    {
        using var services = database.Add(new ServiceCollection(), _ => null!).BuildServiceProvider();

        Should.Throw<InvalidOperationException>(services.GetRequiredService<IDistributedLock>).Message.ShouldContain("DataSource");
    }

    [Fact]
    public async Task A_refused_password_is_in_no_exception_and_in_no_log()
    {
        using var logs = new RecordingLogger();
        var parts = new DbConnectionStringBuilder { ConnectionString = database.ConnectionString, ["Password"] = "s3cret" };
        await using var services = database.Add(new ServiceCollection(), parts.ConnectionString)
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(logs))
            .BuildServiceProvider();

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(
            async () => await services.GetRequiredService<IDistributedLock>().TryAcquireAsync("orders", cancellationToken: Cancellation));

        error.IsTransient.ShouldBeFalse();
        error.Message.ShouldContain("password authentication failed for the user");
        error.ToString().ShouldNotContain("s3cret");
        logs.Entries.ShouldNotBeEmpty();
        logs.Entries.ShouldAllBe(entry => !entry.Text.Contains("s3cret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Database", "no_such_database", false, "the database does not exist")]
    [InlineData("Port", "1", true, "connection refused by ")]
    public async Task A_failure_names_the_server_and_the_cause(string setting, string value, bool isTransient, string cause)
    {
        var parts = new DbConnectionStringBuilder { ConnectionString = database.ConnectionString, [setting] = value };
        await using var services = database.Add(new ServiceCollection(), parts.ConnectionString).BuildServiceProvider();

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(
            async () => await services.GetRequiredService<IDistributedLock>().TryAcquireAsync("orders", cancellationToken: Cancellation));

        error.IsTransient.ShouldBe(isTransient);
        error.Message.ShouldContain(cause);
        error.Message.ShouldMatch(@"^The lock's database at [^: ]+:\d+ ");
    }

    [Fact]
    public void A_provider_without_dependency_injection_checks_its_options()
    {
        Should.Throw<ArgumentException>(() => database.CreateProvider(_ => { })).Message.ShouldContain("ConnectionString");
        Should.Throw<ArgumentException>(() => database.CreateProvider(options => options.MaxConnections = 0, database.Source)).Message.ShouldContain("MaxConnections 0");
        Should.Throw<ArgumentException>(() => database.CreateProvider(options => options.DataSource = _ => database.Source)).Message.ShouldContain("data source");
    }

    /// <summary>Registers the data source as the driver's own type.</summary>
    private protected abstract IServiceCollection AddOwn(IServiceCollection services);

    private async Task ShouldLockAsync(Action<IServiceCollection> register, object? serviceKey = null)
    {
        var collection = new ServiceCollection();
        register(collection);
        await using var services = collection.BuildServiceProvider();
        services.GetRequiredService<IStartupValidator>().Validate();
        var locks = serviceKey is null ? services.GetRequiredService<IDistributedLock>() : services.GetRequiredKeyedService<IDistributedLock>(serviceKey);

        var handle = await locks.AcquireAsync(_prefix, cancellationToken: Cancellation);

        handle.IsHeld.ShouldBeTrue();
        handle.FencingToken.ShouldBePositive();
        (await locks.TryAcquireAsync(_prefix, cancellationToken: Cancellation)).ShouldBeNull();
        (await handle.ReleaseAsync(Cancellation)).ShouldBeTrue();
    }

    private static async Task ShouldBeOpenAsync(DbDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        Convert.ToInt32(await connection.ReadAsync("SELECT 1"), System.Globalization.CultureInfo.InvariantCulture).ShouldBe(1);
    }

    private protected static IConfigurationSection Section(params (string Name, string Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(each => KeyValuePair.Create<string, string?>($"Locks:{each.Name}", each.Value)))
        .Build()
        .GetSection("Locks");
}
