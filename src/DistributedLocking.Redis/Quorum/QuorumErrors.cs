namespace DistributedLocking.Redis.Quorum;

/// <summary>Says that a quorum could not decide, and why each server failed.</summary>
internal static class QuorumErrors
{
    internal static DistributedLockUnavailableException TooFew(QuorumRule rule, int count, string what, IEnumerable<Exception?> errors, bool isUnsent = false)
    {
        var causes = errors.OfType<Exception>().ToList();
        var reasons = string.Concat(causes.OfType<DistributedLockUnavailableException>().Select(cause => cause.Message).Distinct(StringComparer.Ordinal).Select(reason => " " + reason));
        return new DistributedLockUnavailableException(
            $"{count} of {rule.Servers} Redis servers {what}; {rule.Majority} are needed.{reasons}", causes.Count > 0 ? new AggregateException(causes) : null)
        {
            // Lasting when so many servers failed for good that the others can't be a majority.
            IsTransient = causes.Count(cause => cause is DistributedLockUnavailableException { IsTransient: false }) <= rule.Spare,
            IsUnsent = isUnsent,
        };
    }
}
