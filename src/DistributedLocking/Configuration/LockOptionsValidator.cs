using DistributedLocking.Configuration;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Providers;

/// <summary>Validates what all providers' options share. A provider derives from it to check its own members.</summary>
/// <typeparam name="TOptions">The provider's options.</typeparam>
public class LockOptionsValidator<TOptions> : IValidateOptions<TOptions>
    where TOptions : DistributedLockOptions
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<string> failures = [.. OptionRules.Check(options)];
        AddFailures(options, failures);
        if (failures.Count == 0)
        {
            return ValidateOptionsResult.Success;
        }

        // The message of the exception has no name of its own, and an application may have several locks.
        var prefix = string.IsNullOrEmpty(name) ? "" : $"'{name}': ";
        return ValidateOptionsResult.Fail(failures.Select(failure => prefix + OptionRules.Name(typeof(TOptions), failure)));
    }

    /// <summary>Checks the provider's own members.</summary>
    /// <param name="options">The options.</param>
    /// <param name="failures">
    /// Where a sentence for each wrong value goes. It begins with the option's name, which the name of its class is put
    /// before, and has the value unless that is secret.
    /// </param>
    protected virtual void AddFailures(TOptions options, ICollection<string> failures)
    {
    }
}
