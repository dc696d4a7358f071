using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.Configuration;

/// <summary>What the names of our tables, and the time to wait for an answer, must be.</summary>
internal static class TableRules
{
    private static readonly TimeSpan LongestCommandTimeout = TimeSpan.FromHours(1);

    /// <summary>A sentence about a bad name of a table; null for a good one.</summary>
    internal static string? CheckTable(SqlDialect dialect, string option, string? table) =>
        string.IsNullOrWhiteSpace(table) ? $"{option} must not be null or blank." : Check(dialect, option, table);

    /// <summary>A sentence about a bad name of a schema; null for a good one and for none.</summary>
    internal static string? CheckSchema(SqlDialect dialect, string option, string? schema) => schema switch
    {
        null => null,
        _ when string.IsNullOrWhiteSpace(schema) => $"{option} must not be blank; null means the connection's own.",
        _ => Check(dialect, option, schema),
    };

    /// <summary>Checks the names in the options of one call, whose type is named in the error.</summary>
    internal static void ThrowIfInvalid(
        SqlDialect dialect, string? schema, string? table, string type, string parameterName) => ThrowIfAny(
        CheckTable(dialect, nameof(SqlLockOptions.Table), table)
            ?? CheckSchema(dialect, nameof(SqlLockOptions.Schema), schema),
        type,
        parameterName);

    /// <summary>Checks the time-out in the options of one call.</summary>
    internal static void ThrowIfInvalid(TimeSpan commandTimeout, string type, string parameterName) =>
        ThrowIfAny(CheckCommandTimeout(commandTimeout), type, parameterName);

    /// <summary>A sentence about a bad time-out; null for a good one.</summary>
    internal static string? CheckCommandTimeout(TimeSpan timeout) => timeout <= TimeSpan.Zero || timeout > LongestCommandTimeout
        ? $"{nameof(SqlLockOptions.CommandTimeout)} {timeout} must be positive and at most {LongestCommandTimeout}."
        : null;

    internal static void AddIfAny(this ICollection<string> failures, string? failure)
    {
        if (failure is not null)
        {
            failures.Add(failure);
        }
    }

    private static void ThrowIfAny(string? failure, string type, string parameterName)
    {
        if (failure is not null)
        {
            throw new ArgumentException($"{type}.{failure}", parameterName);
        }
    }

    private static string? Check(SqlDialect dialect, string option, string name) => dialect.FindFault(name) is { } fault ? $"{option} '{name}' {fault}." : null;
}
