using System.Data;
using System.Data.Common;
using System.Text;

namespace DistributedLocking.Benchmarks.Subjects.Sql;

/// <summary>Commands as an application writes them.</summary>
internal static class SqlCommands
{
    internal static DbCommand Command(this DbConnection connection, string text, DbTransaction? transaction = null)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        command.Transaction = transaction;
        return command;
    }

    internal static DbCommand With(this DbCommand command, string name, byte[] value) => With(command, name, DbType.Binary, value);

    internal static DbCommand With(this DbCommand command, string name, string value) => With(command, name, DbType.String, value);

    internal static DbCommand With(this DbCommand command, string name, long value) => With(command, name, DbType.Int64, value);

    /// <summary>A key as the table holds it, as long as the lock's own.</summary>
    internal static byte[] Key(string key) => Encoding.UTF8.GetBytes($"lock:released:{key}");

    private static DbCommand With(DbCommand command, string name, DbType type, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.DbType, parameter.Value) = (name, type, value);
        command.Parameters.Add(parameter);
        return command;
    }
}
