using System.Data.Common;
using System.Diagnostics;
using DistributedLocking.Benchmarks.Measurement;

namespace DistributedLocking.Benchmarks.Subjects.Sql;

/// <summary>
/// One upsert, one delete, each on a connection from the pool. It excludes nobody, and its clock is the client's.
/// </summary>
internal sealed class RawLease(DbDataSource dataSource, RawStatements statements) : ILockSubject
{
    public string Name => "raw: upsert, delete";

    public async Task RunAsync(CallerLoop loop)
    {
        var key = SqlCommands.Key(loop.Key);
        while (loop.Next())
        {
            await using (var upserting = await dataSource.OpenConnectionAsync())
            {
                await UpsertAsync(upserting, statements, key);
            }

            await using var connection = await dataSource.OpenConnectionAsync();
            await using var command = connection.Command(statements.Delete).With("@key", key).With("@owner", Subject.OwnerId);
            if (await command.ExecuteNonQueryAsync() != 1)
            {
                throw Subject.NotReleased();
            }
        }
    }

    internal static async Task UpsertAsync(DbConnection connection, RawStatements statements, byte[] key)
    {
        var now = Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);
        await using var command = connection.Command(statements.Upsert)
            .With("@key", key)
            .With("@owner", Subject.OwnerId)
            .With("@now", now)
            .With("@end", now + (long)Subject.TimeToLive.TotalMicroseconds);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => dataSource.DisposeAsync();
}
