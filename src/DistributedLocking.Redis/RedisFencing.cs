using System.Globalization;
using DistributedLocking.Redis.Fencing;
using DistributedLocking.Redis.Scripts;
using StackExchange.Redis;

namespace DistributedLocking.Redis;

/// <summary>
/// The guard on the resource's side for values that live in Redis: a holder that lost its lock without noticing, say in
/// a long pause, can't overwrite what a later holder wrote.
/// </summary>
public static class RedisFencing
{
    /// <summary>
    /// Sets a string value unless a newer fencing token has been used for the key, in one atomic step. Every writer of
    /// the key must go through this method; a plain SET is not stopped. Where the value is made of what was there
    /// before, read that with <see cref="StringGetFencedAsync"/>.
    /// </summary>
    /// <param name="database">The database.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; not null.</param>
    /// <param name="fencingToken">
    /// The token of the lock under which the value was made: <see cref="IDistributedLockHandle.FencingToken"/>.
    /// Positive.
    /// </param>
    /// <param name="expiry">
    /// The value's time to live, at least a millisecond. Default: null, the value stays, and any earlier time to live
    /// is removed.
    /// </param>
    /// <param name="tokenExpiry">
    /// How long the newest token is remembered from this write on, at least a millisecond and not shorter than
    /// <paramref name="expiry"/>. Default: null, for ever. When it has been forgotten, any token is accepted, so it
    /// must be longer than any writer can be late.
    /// </param>
    /// <returns>A task that ends when the value is set.</returns>
    /// <remarks>
    /// <para>The newest token is kept beside the value and outlives it: for a key <c>orders:42</c> in
    /// <c>{orders:42}:fence</c>, for a key with a hash tag such as <c>a{42}b</c> in <c>a{42}b:tag-fence</c>, both in
    /// the value's own slot of a Cluster. Two shapes have no such name, and a Cluster refuses them: a key with '}' but
    /// without a hash tag, and a key without a hash tag that goes through a database with a key prefix. Give those a
    /// hash tag.</para>
    /// <para>Deleting the value does not forget the token; delete both to start anew.</para>
    /// </remarks>
    /// <exception cref="StaleFencingTokenException">A newer token has been used; nothing was changed.</exception>
    /// <exception cref="RedisServerException">
    /// The server refused the command; or what is kept as the key's token is not a string.
    /// </exception>
    /// <exception cref="RedisCommandException">
    /// The client refused the command, as for two keys in different slots of a Cluster.
    /// </exception>
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

        RedisValue[] values = [value, fencingToken, lifetime, tokenLifetime];
        var newest = await SendAsync(RedisScript.SetFenced, database, key, values).ConfigureAwait(false);
        ThrowIfStale(fencingToken, (RedisValue)newest);
    }

    /// <summary>
    /// Reads a string value and notes the reader's fencing token as the newest that has been used for the key, in one
    /// atomic step, unless a newer one has been. From then on <see cref="StringSetFencedAsync"/> refuses every older
    /// token: nobody who held the lock before can change the value between this read and the reader's own write, so to
    /// read, change and write under the lock loses no update.
    /// </summary>
    /// <param name="database">The database.</param>
    /// <param name="key">The key.</param>
    /// <param name="fencingToken">
    /// The token of the lock under which it is read: <see cref="IDistributedLockHandle.FencingToken"/>. Positive.
    /// </param>
    /// <param name="tokenExpiry">
    /// How long the newest token is remembered from this read on, at least a millisecond. Default: null, for ever. When
    /// it has been forgotten, any token is accepted, so it must be longer than any writer can be late. Each fenced read
    /// or write sets it anew: give the same to all of them.
    /// </param>
    /// <returns>
    /// The value; <see cref="RedisValue.Null"/> when there is none. The token is noted in either case.
    /// </returns>
    /// <remarks>
    /// <para>It is a write to the server, and goes to the primary. The value and its own time to live are left alone.
    /// Where the token is kept: see <see cref="StringSetFencedAsync"/>.</para>
    /// <para>It is for those who will write. Others read with GET: a fenced read by a reader with a newer token, as of
    /// another lock, shuts the writer out.</para>
    /// </remarks>
    /// <exception cref="StaleFencingTokenException">A newer token has been used; nothing was changed.</exception>
    /// <exception cref="RedisServerException">
    /// The server refused the command; or the value, or what is kept as the key's token, is not a string. Nothing was
    /// changed.
    /// </exception>
    /// <exception cref="RedisCommandException">
    /// The client refused the command, as for two keys in different slots of a Cluster.
    /// </exception>
    /// <exception cref="RedisConnectionException">There is no connection.</exception>
    public static async Task<RedisValue> StringGetFencedAsync(this IDatabase database, RedisKey key, long fencingToken, TimeSpan? tokenExpiry = null)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fencingToken);
        RedisValue[] values = [fencingToken, Lifetime(tokenExpiry, nameof(tokenExpiry))];
        var reply = ((RedisValue[]?)await SendAsync(RedisScript.GetFenced, database, key, values).ConfigureAwait(false))!;
        ThrowIfStale(fencingToken, reply[0]);
        return reply[1];
    }

    private static async Task<RedisResult> SendAsync(RedisScript script, IDatabase database, RedisKey key, RedisValue[] values)
    {
        RedisKey[] keys = [key, FenceKey.For(key)];
        try
        {
            return await script.SendAsync(database, keys, values, byHash: true).ConfigureAwait(false);
        }
        catch (Exception e) when (ScriptSupport.IsOfHash(e))
        {
            return await script.SendAsync(database, keys, values, byHash: false).ConfigureAwait(false);
        }
    }

    private static void ThrowIfStale(long fencingToken, RedisValue newest)
    {
        if (!newest.IsNull)
        {
            throw new StaleFencingTokenException { FencingToken = fencingToken, NewestToken = long.Parse((string)newest!, CultureInfo.InvariantCulture) };
        }
    }

    private static long Lifetime(TimeSpan? time, string parameterName) => time switch
    {
        null => 0,
        { Ticks: >= TimeSpan.TicksPerMillisecond } value => RedisTime.Milliseconds(value),
        _ => throw new ArgumentOutOfRangeException(parameterName, time, "A time to live must be at least a millisecond."),
    };
}
