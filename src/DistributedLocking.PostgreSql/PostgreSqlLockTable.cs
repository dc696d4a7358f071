using DistributedLocking.Sql;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.PostgreSql;

/// <summary>The tables on PostgreSQL, for those who create them with migrations.</summary>
public static class PostgreSqlLockTable
{
    /// <summary>
    /// The statements that create the lock table, that of holders and that of the fencing guard, each unless it exists.
    /// </summary>
    /// <param name="options">Names the lock table; null for the default name.</param>
    /// <param name="fencing">Names the fencing guard's table; null for the default name.</param>
    /// <returns>A script of three statements. Names are quoted.</returns>
    /// <exception cref="ArgumentException">
    /// A name is blank, too long, or one that the database does not take.
    /// </exception>
    public static string CreateScript(PostgreSqlLockOptions? options = null, SqlFencingOptions? fencing = null)
    {
        options ??= new PostgreSqlLockOptions();
        fencing ??= new SqlFencingOptions();
        return SqlDialect.PostgreSql.CreateScript(new SqlTable(options.Schema, options.Table), new SqlTable(fencing.Schema, fencing.Table));
    }
}
