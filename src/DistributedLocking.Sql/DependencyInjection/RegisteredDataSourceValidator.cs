using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Sql.DependencyInjection;

/// <summary>
/// Checks that there is a registered data source where the options name no database. It only looks at registrations,
/// and connects nothing.
/// </summary>
internal sealed class RegisteredDataSourceValidator<TOptions>(IServiceProvider services, RegisteredDataSource source) : IValidateOptions<TOptions>
    where TOptions : SqlLockOptions
{
    public ValidateOptionsResult Validate(string? name, TOptions options) =>
        options is not { ConnectionString: null, DataSource: null }
        || services.GetService<IServiceProviderIsService>() is not { } registered
        || source.Exists(registered, options.ServiceKey)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{(string.IsNullOrEmpty(name) ? "" : $"'{name}': ")}{typeof(TOptions).Name}.{nameof(options.ConnectionString)} is null, and so no database is named (configuration.GetConnectionString returns null for a name that is not configured). Set it or {nameof(options.DataSource)}, or register a {nameof(DbDataSource)}.");
}
