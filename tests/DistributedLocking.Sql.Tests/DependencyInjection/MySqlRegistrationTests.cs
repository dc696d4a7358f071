using DistributedLocking.Sql.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MySqlConnector;

namespace DistributedLocking.Sql.Tests.DependencyInjection;

public sealed class MySqlRegistrationTests(MySqlTestDatabase database) : RegistrationTests(database)
{
    private protected override IServiceCollection AddOwn(IServiceCollection services) => services.AddSingleton((MySqlDataSource)database.Source);

    [Fact]
    public void A_factory_as_a_lambda_binds_to_the_overload_for_factories()
    {
        var services = new ServiceCollection().AddMySqlLock(_ => new MySqlDataSource(database.ConnectionString));

        using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<IOptions<MySql.MySqlLockOptions>>().Value.DataSource.ShouldNotBeNull();
    }
}
