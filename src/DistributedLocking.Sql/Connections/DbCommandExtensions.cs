using System.Data;
using System.Data.Common;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.Connections;

/// <summary>Sets parameters of a command of any driver; a command that is used again has them already.</summary>
internal static class DbCommandExtensions
{
    internal static void Set(this DbCommand command, string name, byte[] value) => Set(command, name, DbType.Binary, value);

    internal static void Set(this DbCommand command, string name, string value) => Set(command, name, DbType.String, value);

    internal static void Set(this DbCommand command, string name, long value) => Set(command, name, DbType.Int64, value);

    internal static void Set(this DbCommand command, string name, decimal value) => Set(command, name, DbType.Decimal, value);

    /// <summary>Whose lease it is.</summary>
    internal static void SetOwner(this DbCommand command, byte[] key, string ownerId)
    {
        command.Set("@key", key);
        command.Set("@owner", ownerId);
    }

    /// <summary>The lease that is asked for.</summary>
    internal static void SetLease(this DbCommand command, byte[] key, string ownerId, int tokens, TimeSpan timeToLive)
    {
        command.SetOwner(key, ownerId);
        command.Set("@tokens", tokens);
        command.Set("@ttl", DatabaseTime.Microseconds(timeToLive));
    }

    private static void Set(DbCommand command, string name, DbType type, object value) => SqlLockDialect.Parameter(command, name, type).Value = value;
}
