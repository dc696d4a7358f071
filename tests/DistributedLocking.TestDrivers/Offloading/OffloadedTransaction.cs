using System.Data;
using System.Data.Common;

namespace DistributedLocking.TestDrivers.Offloading;

/// <summary>A transaction made of statements. MySql.Data's own changes the session's isolation level for good.</summary>
internal sealed class OffloadedTransaction : DbTransaction
{
    private OffloadedConnection? _connection;

    private OffloadedTransaction(OffloadedConnection connection, IsolationLevel isolationLevel)
    {
        _connection = connection;
        IsolationLevel = isolationLevel;
    }

    public override IsolationLevel IsolationLevel { get; }

    protected override DbConnection? DbConnection => _connection;

    internal static async Task<OffloadedTransaction> BeginAsync(OffloadedConnection connection, IsolationLevel level, CancellationToken cancellationToken)
    {
        if (connection.Transaction is not null)
        {
            throw new InvalidOperationException("Transactions may not be nested.");
        }

        var actual = level == IsolationLevel.Unspecified ? IsolationLevel.RepeatableRead : level;
        var name = actual switch
        {
            IsolationLevel.ReadUncommitted => "READ UNCOMMITTED",
            IsolationLevel.ReadCommitted => "READ COMMITTED",
            IsolationLevel.RepeatableRead => "REPEATABLE READ",
            IsolationLevel.Serializable => "SERIALIZABLE",
            _ => throw new NotSupportedException($"There is no isolation level {level}."),
        };
        await ExecuteAsync(connection, transaction: null, $"SET TRANSACTION ISOLATION LEVEL {name}; START TRANSACTION", cancellationToken);
        return connection.Transaction = new OffloadedTransaction(connection, actual);
    }

    public override void Commit() => WorkerThread.Block(EndAsync("COMMIT", CancellationToken.None));

    public override void Rollback() => WorkerThread.Block(EndAsync("ROLLBACK", CancellationToken.None));

    public override Task CommitAsync(CancellationToken cancellationToken = default) => EndAsync("COMMIT", cancellationToken);

    public override Task RollbackAsync(CancellationToken cancellationToken = default) => EndAsync("ROLLBACK", cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        if (_connection is { State: ConnectionState.Open } connection && connection.Transaction == this)
        {
            await EndAsync("ROLLBACK", CancellationToken.None);
        }

        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _connection is { State: ConnectionState.Open } connection && connection.Transaction == this)
        {
            Rollback();
        }

        base.Dispose(disposing);
    }

    private static async Task<int> ExecuteAsync(OffloadedConnection connection, OffloadedTransaction? transaction, string statement, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = statement;
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<int> EndAsync(string statement, CancellationToken cancellationToken)
    {
        var connection = _connection ?? throw new InvalidOperationException("The transaction has ended.");
        var affected = await ExecuteAsync(connection, this, statement, cancellationToken);
        connection.Transaction = null;
        _connection = null;
        return affected;
    }
}
