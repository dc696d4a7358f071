namespace DistributedLocking.Sql.Connections;

/// <summary>Counts the connections that row locks use.</summary>
/// <param name="most">How many they may use.</param>
/// <param name="poolSize">How many there are.</param>
internal sealed class ConnectionLimit(int most, int poolSize)
{
    /// <summary>
    /// Not all connections may stand in the database's queues, for keys that others hold: an eighth, at least one, is
    /// left for attempts on keys that are free, which are over at once or become holders.
    /// </summary>
    private readonly int _mostWaiting = Math.Min(most, poolSize) is var few and > 1 ? few - Math.Max(1, few / 8) : 1;

    private int _used;
    private int _waiting;

    internal int Used => Volatile.Read(ref _used);

    /// <summary>Whether some wait for a connection that others here use.</summary>
    internal bool IsPoolUsedUp => Used > poolSize;

    internal void Take()
    {
        if (Interlocked.Increment(ref _used) > most)
        {
            Release();
            throw new SqlConnectionLimitException($"All of the {most} connections that {nameof(SqlLockOptions.MaxConnections)} allows hold row locks or wait for them.")
            {
                IsUnsent = true,
            };
        }
    }

    internal void Release() => Interlocked.Decrement(ref _used);

    /// <summary>Whether a connection may wait in the database's queue.</summary>
    internal bool TryBeginWait()
    {
        if (Interlocked.Increment(ref _waiting) <= _mostWaiting)
        {
            return true;
        }

        EndWait();
        return false;
    }

    internal void EndWait() => Interlocked.Decrement(ref _waiting);

    /// <summary>What the failure to open a connection means where the pool has none left.</summary>
    internal SqlConnectionLimitException PoolUsedUp(Exception failure) =>
        new($"All of the {poolSize} connections of the driver's pool (its Maximum Pool Size) hold row locks or wait for them.", failure) { IsUnsent = true };
}
