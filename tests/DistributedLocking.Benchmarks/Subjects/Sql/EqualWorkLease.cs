using System.Data.Common;
using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Benchmarks.Subjects.Sql;

/// <summary>The package's own statements for a lease, bare on the driver.</summary>
internal sealed class EqualWorkLease(DbDataSource dataSource, SqlLockDialect dialect, SqlStatements statements) : ILockSubject
{
    public string Name => "equal work";

    public async Task RunAsync(CallerLoop loop)
    {
        var key = SqlCommands.Key(loop.Key);
        while (loop.Next())
        {
            await AcquireAsync(key);
            await ReleaseAsync(key);
        }
    }

    public ValueTask DisposeAsync() => dataSource.DisposeAsync();

    private async Task AcquireAsync(byte[] encoded)
    {
        await using var connection = await dataSource.OpenConnectionAsync();
        await using var command = connection.Command(statements.AcquireLease)
            .With("@key", encoded)
            .With("@owner", Subject.OwnerId)
            .With("@tokens", 1)
            .With("@ttl", (long)Subject.TimeToLive.TotalMicroseconds);
        await using var reader = await command.ExecuteReaderAsync();
        var lease = await dialect.ReadLeaseAsync(reader, CancellationToken.None);
        if (lease.Token is null)
        {
            throw Subject.NotAcquired();
        }
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
