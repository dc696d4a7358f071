using System.Globalization;
using DistributedLocking.Redis.Commands;
using StackExchange.Redis;

namespace DistributedLocking.Redis;

/// <summary>
/// The guard on the resource's side for values that live in Redis: a holder that lost its lock without noticing, say in a long pause, can't overwrite
/// what a later holder wrote.
/// </summary>
public static class RedisFencing
{
    /// <summary>
    /// Sets a string value unless a newer fencing token has been used for the key, in one atomic step. Every writer of the key must go through this
    /// method; a plain SET is not stopped.
    /// </summary>
    /// <param name="database">The database.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; not null.</param>
    /// <param name="fencingToken">The token of the lock under which the value was made: <see cref="IDistributedLockHandle.FencingToken"/>. Positive.</param>
    /// <param name="expiry">The value's time to live, at least a millisecond. Default: null, the value stays, and any earlier time to live is removed.</param>
    /// <param name="tokenExpiry">
    /// How long the newest token is remembered from this write on, at least a millisecond and not shorter than <paramref name="expiry"/>. Default:
    /// null, for ever. When it has been forgotten, any token is accepted, so it must be longer than any writer can be late.
    /// </param>
    /// <returns>A task that ends when the value is set.</returns>
    /// <remarks>
    /// <para>The newest token is kept beside the value and outlives it: for a key <c>orders:42</c> in <c>{orders:42}:fence</c>, for a key with a hash tag
    /// such as <c>a{42}b</c> in <c>a{42}b:tag-fence</c>, both in the value's own slot of a Cluster. Two shapes have no such name, and a Cluster
    /// refuses them: a key with '}' but without a hash tag, and a key without a hash tag that goes through a database with a key prefix. Give those
    /// a hash tag.</para>
    /// <para>Deleting the value does not forget the token; delete both to start anew.</para>
    /// </remarks>
    /// <exception cref="StaleFencingTokenException">A newer token has been used; nothing was changed.</exception>
    /// <exception cref="RedisServerException">The server refused the command; or what is kept as the key's token is not a string.</exception>
    /// <exception cref="RedisCommandException">The client refused the command, as for two keys in different slots of a Cluster.</exception>
    /// <exception cref="RedisConnectionException">There is no connection.</exception>
    public static async Task StringSetFencedAsync(
        this IDatabase database, RedisKey key, RedisValue value, long fencingToken, TimeSpan? expiry = null, TimeSpan? tokenExpiry = null)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fencingToken);
        if (value.IsNull)
        {
            throw new ArgumentException("A fenced value must not be null.", nameof(value));
        }

        var lifetime = Lifetime(expiry, nameof(expiry));
        var tokenLifetime = Lifetime(tokenExpiry, nameof(tokenExpiry));
        if (tokenLifetime != 0 && (lifetime == 0 || lifetime > tokenLifetime))
        {
            throw new ArgumentOutOfRangeException(nameof(tokenExpiry), tokenExpiry, "The token must be remembered at least as long as the value lives.");
        }

        RedisKey[] keys = [key, FenceKey.For(key)];
        RedisValue[] values = [value, fencingToken, lifetime, tokenLifetime];
        var newest = await SetAsync(database, keys, values).ConfigureAwait(false);
        if (newest is not null)
        {
            throw new StaleFencingTokenException { FencingToken = fencingToken, NewestToken = long.Parse(newest, CultureInfo.InvariantCulture) };
        }
    }

    private static async Task<string?> SetAsync(IDatabase database, RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            return (string?)await RedisScript.SetFenced.SendHashAsync(database, keys, values).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFault.IsUnknownScript(e) || RedisFault.IsHashRefused(e))
        {
            return (string?)await RedisScript.SetFenced.SendTextAsync(database, keys, values).ConfigureAwait(false);
        }
    }

    private static long Lifetime(TimeSpan? time, string parameterName) => time switch
    {
        null => 0,
        { Ticks: >= TimeSpan.TicksPerMillisecond } value => RedisLockProvider.Milliseconds(value),
        _ => throw new ArgumentOutOfRangeException(parameterName, time, "A time to live must be at least a millisecond."),
    };
}
