namespace ConcurrentMutation.Options;

/// <summary>The database that holds the employee. Each has a folder of its own under <c>Stores</c>.</summary>
internal enum DatabaseKind
{
    Sqlite,
    MySql,
    Postgres,
}
