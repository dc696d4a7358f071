using DistributedLocking.Sql.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace DistributedLocking.Sql.Tests.DependencyInjection;

public sealed class PostgreSqlRegistrationTests(PostgreSqlTestDatabase database) : RegistrationTests(database)
{
    private protected override IServiceCollection AddOwn(IServiceCollection services) => services.AddSingleton((NpgsqlDataSource)database.Source);

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
