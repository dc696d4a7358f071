namespace DistributedLocking.Sql.Dialects;

/// <summary>The name of a table, unquoted.</summary>
/// <param name="Schema">The schema, or null for the connection's own.</param>
/// <param name="Name">The table.</param>
public readonly record struct SqlTable(string? Schema, string Name);
