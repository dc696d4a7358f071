using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Configuration;

/// <summary>
/// Checks that there is a registered multiplexer where the options name no server. It only looks at registrations, and
/// connects nothing.
/// </summary>
internal sealed class RegisteredMultiplexerValidator(IServiceProvider services) : IValidateOptions<RedisLockOptions>
{
    public ValidateOptionsResult Validate(string? name, RedisLockOptions options)
    {
        if (!options.IsUnnamed
            || services.GetService<IServiceProviderIsService>() is not { } registered
            || registered.IsService(typeof(IConnectionMultiplexer))
            || (options.ServiceKey is { } key && registered is IServiceProviderIsKeyedService keyed && keyed.IsKeyedService(typeof(IConnectionMultiplexer), key)))
        {
            return ValidateOptionsResult.Success;
        }

        return ValidateOptionsResult.Fail(
            $"{(string.IsNullOrEmpty(name) ? "" : $"'{name}': ")}{nameof(RedisLockOptions)}.{nameof(options.Configuration)} is null, and so no Redis server is named (configuration.GetConnectionString returns null for a name that is not configured). Set it or {nameof(options.ConfigurationOptions)}, or {nameof(options.Servers)} for several, or register an {nameof(IConnectionMultiplexer)}.");
    }
}
