using System.Data.Common;

namespace DistributedLocking.Sql.Tests.Notifications;

/// <summary>
/// Hands out connections to two databases in turn, which is what a pooler that does not keep sessions looks like to a
/// notification.
/// </summary>
internal sealed class AlternatingDataSource(DbDataSource first, DbDataSource second) : DbDataSource
{
    private int _count;

    public override string ConnectionString => first.ConnectionString;

    internal int Opened => Volatile.Read(ref _count);

    protected override DbConnection CreateDbConnection() =>
        (Interlocked.Increment(ref _count) % 2 == 1 ? first : second).CreateConnection();
}
