using System.Data;
using System.Data.Common;
using DistributedLocking.Benchmarks.Measurement;

namespace DistributedLocking.Benchmarks.Subjects.Sql;

/// <summary>Begin, select for update by primary key, commit. Without a lease that the server ends, a token, a bound on the wait, or renewal.</summary>
internal sealed class RawRowLock(DbDataSource dataSource, RawStatements statements) : ILockSubject
{
    private bool _hasRow;

    public string Name => "raw: begin, select for update, commit";

    public async Task RunAsync(CallerLoop loop)
    {
        var key = SqlCommands.Key(loop.Key);
        if (!_hasRow)
        {
            await RawLease.UpsertAsync(dataSource, statements, key);
            _hasRow = true;
        }

        while (loop.Next())
        {
            await using var connection = await dataSource.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
            await using (var command = connection.Command(statements.LockRow, transaction).With("@key", key))
            await using (var reader = await command.ExecuteReaderAsync())
            {
                if (!await reader.ReadAsync())
                {
                    throw Subject.NotAcquired();
                }
            }

            await transaction.CommitAsync();
        }
    }

    public ValueTask DisposeAsync() => dataSource.DisposeAsync();
}
