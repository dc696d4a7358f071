using System.Data.Common;
using DistributedLocking.Benchmarks.Measurement;

namespace DistributedLocking.Benchmarks.Subjects.Sql;

/// <summary>
/// Begin with select for update by primary key, commit: two round trips on a connection that the caller keeps. Without
/// a lease that the server ends, a token, a bound on the wait, or renewal.
/// </summary>
internal sealed class RawRowLock(DbDataSource dataSource, RawStatements statements) : ILockSubject
{
    public string Name => "raw: begin and select for update, commit";

    public async Task RunAsync(CallerLoop loop)
    {
        var key = SqlCommands.Key(loop.Key);
        await using var connection = await dataSource.OpenConnectionAsync();
        await RawLease.UpsertAsync(connection, statements, key);
        while (loop.Next())
        {
            await using (var command = connection.Command($"BEGIN;{statements.LockRow}").With("@key", key))
            await using (var reader = await command.ExecuteReaderAsync())
            {
                if (!await reader.ReadAsync())
                {
                    throw Subject.NotAcquired();
                }
            }

            await using var commit = connection.Command("COMMIT");
            await commit.ExecuteNonQueryAsync();
        }
    }

    public ValueTask DisposeAsync() => dataSource.DisposeAsync();
}
