using DistributedLocking.Redis.Connections;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Redis.Subscriptions;

/// <summary>
/// Whether the server lets this user subscribe, as far as that is known. A refusal is a warning once; other failures
/// are noted for debugging.
/// </summary>
internal sealed class SubscriptionRefusal(TimeSpan commandTimeout, TimeProvider time, ILogger logger)
{
    /// <summary>How long a refusal is believed: rights change seldom, but without a restart.</summary>
    private static readonly TimeSpan RefusalLasts = TimeSpan.FromMinutes(1);

    private Refusal? _refusal;
    private int _logged;

    internal bool IsKnown => _refusal is { } refusal && time.GetElapsedTime(refusal.At) < RefusalLasts;

    internal void NoteFailure(Exception error)
    {
        var reason = error is TimeoutException ? RedisErrors.TimedOut(commandTimeout, outage: null).Message : RedisErrors.Translate(error).Message;
        if (!RedisErrors.IsRefusal(error))
        {
            Log.SubscribeFailed(logger, reason);
            return;
        }

        _refusal = new Refusal(time.GetTimestamp());
        if (Interlocked.Exchange(ref _logged, 1) == 0)
        {
            Log.NotificationsRefused(logger, reason);
        }
    }

    private sealed record Refusal(long At);
}
