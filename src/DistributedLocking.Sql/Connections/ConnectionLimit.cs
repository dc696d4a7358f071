namespace DistributedLocking.Sql.Connections;

/// <summary>Counts the connections that row locks use.</summary>
internal sealed class ConnectionLimit(int most)
{
    private int _used;

    internal int Used => Volatile.Read(ref _used);

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
}
