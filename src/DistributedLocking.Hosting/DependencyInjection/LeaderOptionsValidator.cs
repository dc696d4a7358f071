using DistributedLocking.Hosting.Leadership;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Hosting.DependencyInjection;

internal sealed class LeaderOptionsValidator : IValidateOptions<LeaderOptions>
{
    public ValidateOptionsResult Validate(string? name, LeaderOptions options)
    {
        var failures = LeaderOptionsRules.Check(options).Select(failure => $"'{name}': {failure}").ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
