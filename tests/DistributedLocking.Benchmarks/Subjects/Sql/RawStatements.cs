namespace DistributedLocking.Benchmarks.Subjects.Sql;

/// <summary>
/// The least that a lock in a table can be. Parameters: <c>@key</c>, <c>@owner</c>, <c>@now</c> and <c>@end</c>;
/// <c>@name</c>.
/// </summary>
/// <param name="LockRow">Locks a key's row by its primary key.</param>
/// <param name="Upsert">Writes an owner into a key's row.</param>
/// <param name="Delete">Deletes the key's row of an owner.</param>
/// <param name="LockName">Takes the database's own lock of a name.</param>
/// <param name="UnlockName">Gives it back.</param>
internal sealed record RawStatements(string LockRow, string Upsert, string Delete, string LockName, string UnlockName);
