using System.Data;
using System.Data.Common;

namespace DistributedLocking.Sql.Connections;

/// <summary>Adds parameters to a command of any driver.</summary>
internal static class DbCommandExtensions
{
    internal static void Add(this DbCommand command, string name, byte[] value) => Add(command, name, DbType.Binary, value);

    internal static void Add(this DbCommand command, string name, string value) => Add(command, name, DbType.String, value);

    internal static void Add(this DbCommand command, string name, long value) => Add(command, name, DbType.Int64, value);

    internal static void Add(this DbCommand command, string name, decimal value) => Add(command, name, DbType.Decimal, value);

    /// <summary>Whose lease it is.</summary>
    internal static void AddOwner(this DbCommand command, byte[] key, string ownerId)
    {
        command.Add("@key", key);
        command.Add("@owner", ownerId);
    }

    /// <summary>The lease that is asked for.</summary>
    internal static void AddLease(this DbCommand command, byte[] key, string ownerId, int tokens, TimeSpan timeToLive)
    {
        command.AddOwner(key, ownerId);
        command.Add("@tokens", tokens);
        command.Add("@ttl", DatabaseTime.Microseconds(timeToLive));
    }

    private static void Add(DbCommand command, string name, DbType type, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.DbType = type;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
