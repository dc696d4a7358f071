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

    private static void Add(DbCommand command, string name, DbType type, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.DbType = type;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
