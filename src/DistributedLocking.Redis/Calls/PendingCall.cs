using StackExchange.Redis;

namespace DistributedLocking.Redis.Calls;

/// <summary>A call of a script that waits to be sent with others, and may be given up until then.</summary>
/// <typeparam name="T">What its caller is told.</typeparam>
/// <param name="keys">The script's keys.</param>
/// <param name="values">The script's arguments.</param>
/// <param name="cancellationToken">Says that the call has been given up.</param>
internal abstract class PendingCall<T>(RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken)
{
    internal RedisKey[] Keys => keys;

    internal RedisValue[] Values => values;

    internal bool IsGivenUp => cancellationToken.IsCancellationRequested;

    /// <summary>Whether it has been, or is being, sent.</summary>
    internal bool IsSent { get; set; }

    /// <summary>
    /// The answer. Who tells it may have others to tell, and must not run their callers' code.
    /// </summary>
    internal TaskCompletionSource<T> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Tells why there will be no answer.</summary>
    internal void Fail(Exception error)
    {
        Answer.TrySetException(error);

        // Its caller may have gone.
        _ = Answer.Task.Exception;
    }
}
