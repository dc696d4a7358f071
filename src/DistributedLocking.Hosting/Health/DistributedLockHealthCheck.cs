using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DistributedLocking.Hosting.Health;

/// <summary>
/// Acquires and releases a key. What is told holds the provider's name and a time, and nothing of a connection string.
/// </summary>
internal sealed class DistributedLockHealthCheck(IDistributedLock locks, DistributedLockHealthCheckOptions options, TimeProvider time) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var start = time.GetTimestamp();
        using var timeout = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await ProbeAsync(either.Token).ConfigureAwait(false);
            return time.GetElapsedTime(start) <= options.DegradedAfter
                ? HealthCheckResult.Healthy("The lock's store answers.", Data(start))
                : HealthCheckResult.Degraded($"The lock's store took longer than {options.DegradedAfter}.", data: Data(start));
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, $"The lock's store did not answer within {options.Timeout}.", e, Data(start));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, e.Message, e, Data(start));
        }
    }

    private async Task ProbeAsync(CancellationToken cancellationToken)
    {
        // One lease for a process that dies in between, without a renewal; one attempt, whoever holds it.
        var probe = new AcquireOptions { TimeToLive = options.Timeout + options.Timeout, AutoRenew = false, WaitTimeout = TimeSpan.Zero };
        var handle = await locks.TryAcquireAsync(options.Key, probe, cancellationToken).ConfigureAwait(false);
        if (handle is not null)
        {
            await handle.ReleaseAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private Dictionary<string, object> Data(long start) => new(StringComparer.Ordinal)
    {
        ["provider"] = (locks as DistributedLock)?.ProviderName ?? locks.GetType().Name,
        ["milliseconds"] = time.GetElapsedTime(start).TotalMilliseconds,
    };
}
