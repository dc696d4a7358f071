using System.Data.Common;
using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.Sql.Leases;

namespace DistributedLocking.Benchmarks.Subjects.Sql;

/// <summary>The package's own statements for a lease, bare on the driver.</summary>
internal sealed class EqualWorkLease(DbDataSource dataSource, SqlLockDialect dialect, SqlStatements statements) : ILockSubject
{
    private readonly TokenProposals _proposals = new(TimeProvider.System);

    public string Name => "equal work";

    public async Task RunAsync(CallerLoop loop)
    {
        var key = SqlCommands.Key(loop.Key);
        while (loop.Next())
        {
            await AcquireAsync(loop.Key, key);
            await ReleaseAsync(key);
        }
    }

    public ValueTask DisposeAsync() => dataSource.DisposeAsync();

    private static DbCommand Acquire(DbConnection connection, string statement, byte[] encoded) => connection.Command(statement)
        .With("@key", encoded)
        .With("@owner", Subject.OwnerId)
        .With("@tokens", 1)
        .With("@ttl", (long)Subject.TimeToLive.TotalMicroseconds);

    private async Task AcquireAsync(string key, byte[] encoded)
    {
        await using var connection = await dataSource.OpenConnectionAsync();
        if (statements.RetakeLease is { } retake && _proposals.First(key) is { } first)
        {
            await using var shortcut = Acquire(connection, retake, encoded).With("@token", first);
            if (await shortcut.ExecuteNonQueryAsync() > 0)
            {
                return;
            }
        }

        var sentAt = TimeProvider.System.GetTimestamp();
        await using var command = Acquire(connection, statements.AcquireLease, encoded);
        await using var reader = await command.ExecuteReaderAsync();
        var lease = await dialect.ReadLeaseAsync(reader, CancellationToken.None);
        if (lease.Token is null)
        {
            throw Subject.NotAcquired();
        }

        _proposals.Note(key, lease, tokens: 1, sentAt);
    }

    private async Task ReleaseAsync(byte[] key)
    {
        await using var connection = await dataSource.OpenConnectionAsync();
        await using var command = connection.Command(statements.ReleaseLease).With("@key", key).With("@owner", Subject.OwnerId);
        if (await command.ExecuteNonQueryAsync() <= 0)
        {
            throw Subject.NotReleased();
        }
    }
}
