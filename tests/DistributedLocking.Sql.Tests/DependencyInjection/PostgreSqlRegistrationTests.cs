using DistributedLocking.Sql.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace DistributedLocking.Sql.Tests.DependencyInjection;

public sealed class PostgreSqlRegistrationTests(PostgreSqlTestDatabase database) : RegistrationTests(database)
{
    [Fact]
    public async Task The_drivers_own_registration_is_taken_even_where_another_driver_has_the_common_one()
    {
        await using var services = new ServiceCollection()
            .AddSingleton<System.Data.Common.DbDataSource>(_ => throw new InvalidOperationException("resolved"))
            .AddSingleton((NpgsqlDataSource)database.Source)
            .AddPostgreSqlLock()
            .BuildServiceProvider();
        services.GetRequiredService<IStartupValidator>().Validate();

        await using var handle = await services.GetRequiredService<IDistributedLock>()
            .AcquireAsync(TestDatabase.NewName("key"), cancellationToken: TestContext.Current.CancellationToken);

        handle.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public void A_factory_as_a_lambda_binds_to_the_overload_for_factories()
    {
        var services = new ServiceCollection().AddPostgreSqlLock(_ => NpgsqlDataSource.Create(database.ConnectionString));

        using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<IOptions<PostgreSql.PostgreSqlLockOptions>>().Value.DataSource.ShouldNotBeNull();
    }

    [Fact]
    public void A_section_may_switch_off_notifications()
    {
        using var provider = new ServiceCollection()
            .AddPostgreSqlLock(Section(("ConnectionString", database.ConnectionString), ("UseNotifications", "false")))
            .BuildServiceProvider();

        provider.GetRequiredService<IOptions<PostgreSql.PostgreSqlLockOptions>>().Value.UseNotifications.ShouldBeFalse();
    }
}
