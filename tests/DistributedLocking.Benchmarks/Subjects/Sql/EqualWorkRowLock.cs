using System.Data.Common;
using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Benchmarks.Subjects.Sql;

/// <summary>The package's own statements for a row lock, bare on the driver.</summary>
internal sealed class EqualWorkRowLock(DbDataSource dataSource, SqlLockDialect dialect, SqlStatements statements) : ILockSubject
{
    // What the default retry policy comes to.
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);

    private bool _hasRow;

    public string Name => "equal work";

    public async Task RunAsync(CallerLoop loop)
    {
        var key = SqlCommands.Key(loop.Key);
        if (!_hasRow)
        {
            await using var connection = await dataSource.OpenConnectionAsync();
            await using var create = connection.Command(statements.CreateRow).With("@key", key);
            await create.ExecuteNonQueryAsync();
            _hasRow = true;
        }

        while (loop.Next())
        {
            await using var connection = await dataSource.OpenConnectionAsync();
            await using (var acquire = connection.Command(statements.Lock).With("@key", key))
            {
                dialect.AddRowLockParameters(acquire, Subject.TimeToLive, Wait);
                await using var reader = await acquire.ExecuteReaderAsync();
                if (!(await dialect.ReadRowAsync(reader, CancellationToken.None)).IsLocked)
                {
                    throw Subject.NotAcquired();
                }
            }

            await using var release = connection.Command(statements.Commit);
            await release.ExecuteNonQueryAsync();
        }
    }

    public ValueTask DisposeAsync() => dataSource.DisposeAsync();
}
