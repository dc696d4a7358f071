using DistributedLocking.Redis.Scripts;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Calls;

/// <summary>
/// Several calls as the keys and arguments of one call of <see cref="RedisScript.Batch"/>: first all grants, then all
/// releases.
/// </summary>
internal sealed class CallBatch
{
    /// <summary>What a grant is asked for with, see <c>acquire.lua</c>.</summary>
    private const int GrantParts = 4;

    private readonly BatchedCall[] _calls;
    private readonly int _grants;

    internal CallBatch(ReadOnlySpan<BatchedCall> calls)
    {
        _calls = new BatchedCall[calls.Length];
        foreach (var call in calls)
        {
            if (call.IsGrant)
            {
                _calls[_grants++] = call;
            }
        }

        var next = _grants;
        foreach (var call in calls)
        {
            if (!call.IsGrant)
            {
                _calls[next++] = call;
            }
        }
    }

    private ReadOnlySpan<BatchedCall> Grants => _calls.AsSpan(0, _grants);

    private ReadOnlySpan<BatchedCall> Releases => _calls.AsSpan(_grants);

    /// <summary>
    /// The locks to grant, then their marks; the locks to release, then their marks, then their queues.
    /// </summary>
    internal RedisKey[] Keys()
    {
        var keys = new RedisKey[(2 * Grants.Length) + (3 * Releases.Length)];
        Spread(Grants, keys, parts: 2);
        Spread(Releases, keys.AsSpan(2 * Grants.Length), parts: 3);
        return keys;
    }

    /// <summary>
    /// How many grants; their owners, times to live, numbers of tokens and newest tokens seen; then the owners to
    /// release.
    /// </summary>
    internal RedisValue[] Values()
    {
        var values = new RedisValue[1 + (GrantParts * Grants.Length) + Releases.Length];
        values[0] = Grants.Length;
        for (var i = 0; i < Grants.Length; i++)
        {
            for (var part = 0; part < GrantParts; part++)
            {
                values[1 + (part * Grants.Length) + i] = Grants[i].Values[part];
            }
        }

        for (var i = 0; i < Releases.Length; i++)
        {
            values[1 + (GrantParts * Grants.Length) + i] = Releases[i].Values[0];
        }

        return values;
    }

    /// <summary>Tells each call its answer; without any, that it has to be made by itself.</summary>
    internal void Tell(RedisResult[]? answers)
    {
        for (var i = 0; i < _calls.Length; i++)
        {
            _calls[i].Answer.TrySetResult(answers?[i] is { IsNull: false } answer ? answer : null);
        }
    }

    /// <summary>Tells each call why there will be no answer.</summary>
    internal void Fail(Func<Exception> error) => Array.ForEach(_calls, call => call.Fail(error()));

    private static void Spread(ReadOnlySpan<BatchedCall> calls, Span<RedisKey> keys, int parts)
    {
        for (var part = 0; part < parts; part++)
        {
            for (var i = 0; i < calls.Length; i++)
            {
                keys[(part * calls.Length) + i] = calls[i].Keys[part];
            }
        }
    }
}
