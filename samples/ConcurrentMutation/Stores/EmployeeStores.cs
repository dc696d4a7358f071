using ConcurrentMutation.Options;
using ConcurrentMutation.Stores.MySql;
using ConcurrentMutation.Stores.PostgreSql;
using ConcurrentMutation.Stores.Relational;
using ConcurrentMutation.Stores.Sqlite;

namespace ConcurrentMutation.Stores;

internal static class EmployeeStores
{
    /// <summary>Opens one connection to the chosen database.</summary>
    internal static Task<IEmployeeStore> OpenAsync(DemoOptions options, CancellationToken cancellationToken) => options.Database switch
    {
        DatabaseKind.Sqlite => SqliteEmployeeStore.OpenAsync(SqliteFile(options), cancellationToken),
        DatabaseKind.MySql => RelationalEmployeeStore.OpenAsync(MySqlDialect.Instance, options.MySql, cancellationToken),
        DatabaseKind.Postgres => RelationalEmployeeStore.OpenAsync(PostgreSqlDialect.Instance, options.Postgres, cancellationToken),
        _ => throw new NotSupportedException($"There is no store for {options.Database}."),
    };

    internal static string Describe(DemoOptions options) => options.Database switch
    {
        DatabaseKind.Sqlite => $"sqlite ({SqliteFile(options)})",
        DatabaseKind.MySql => $"mysql ({ConnectionText.RedactSql(options.MySql)})",
        DatabaseKind.Postgres => $"postgres ({ConnectionText.RedactSql(options.Postgres)})",
        _ => throw new NotSupportedException($"There is no store for {options.Database}."),
    };

    private static string SqliteFile(DemoOptions options) => Path.Combine(options.Data, "employee.db");
}
