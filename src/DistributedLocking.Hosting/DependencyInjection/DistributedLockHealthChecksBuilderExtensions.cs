using DistributedLocking;
using DistributedLocking.Hosting;
using DistributedLocking.Hosting.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the lock's health check.</summary>
public static class DistributedLockHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check that acquires and releases a key: unhealthy when the store is away or does not answer in time,
    /// degraded when it is slow, healthy also when somebody else holds the key just then. Its data are the
    /// <c>provider</c> and the <c>milliseconds</c> that it took.
    /// </summary>
    /// <param name="builder">The builder that <c>AddHealthChecks()</c> returns.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="configure">Sets the options; null for the defaults.</param>
    /// <param name="failureStatus">What to report when the store is away; null for unhealthy.</param>
    /// <param name="tags">Tags by which checks are chosen; null for none.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public static IHealthChecksBuilder AddDistributedLock(
        this IHealthChecksBuilder builder,
        string name = "distributed_lock",
        Action<DistributedLockHealthCheckOptions>? configure = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var options = new DistributedLockHealthCheckOptions();
        configure?.Invoke(options);
        Check(options.Timeout, nameof(options.Timeout));
        Check(options.DegradedAfter, nameof(options.DegradedAfter));
        if (string.IsNullOrEmpty(options.Key))
        {
            throw new ArgumentException($"{nameof(DistributedLockHealthCheckOptions)}.{nameof(options.Key)} must not be empty.", nameof(configure));
        }

        return builder.Add(new HealthCheckRegistration(
            name,
            services => new DistributedLockHealthCheck(
                options.ServiceKey is { } key ? services.GetRequiredKeyedService<IDistributedLock>(key) : services.GetRequiredService<IDistributedLock>(),
                options,
                services.GetService<TimeProvider>() ?? TimeProvider.System),
            failureStatus,
            tags));
    }

    private static void Check(TimeSpan time, string option)
    {
        if (time <= TimeSpan.Zero || time > TimeSpan.FromHours(1))
        {
            throw new ArgumentException($"{nameof(DistributedLockHealthCheckOptions)}.{option} must be positive and at most an hour, and is {time}.", option);
        }
    }
}
