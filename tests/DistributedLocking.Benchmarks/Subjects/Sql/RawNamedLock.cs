using System.Data.Common;
using DistributedLocking.Benchmarks.Measurement;

namespace DistributedLocking.Benchmarks.Subjects.Sql;

/// <summary>
/// The database's own locks by name, which a session holds in memory: two round trips on a connection that the caller
/// keeps. Without a lease, a token, or renewal; on PostgreSQL names are numbers, and two may be the same.
/// </summary>
internal sealed class RawNamedLock(DbDataSource dataSource, RawStatements statements) : ILockSubject
{
    public string Name => "raw: the database's named lock";

    public async Task RunAsync(CallerLoop loop)
    {
        await using var connection = await dataSource.OpenConnectionAsync();
        while (loop.Next())
        {
            await CallAsync(connection, statements.LockName, loop.Key);
            await CallAsync(connection, statements.UnlockName, loop.Key);
        }
    }

    public ValueTask DisposeAsync() => dataSource.DisposeAsync();

    private static async Task CallAsync(DbConnection connection, string text, string key)
    {
        await using var command = connection.Command(text).With("@name", key);
        await command.ExecuteScalarAsync();
    }
}
