using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using MySql.Data.MySqlClient;

namespace DistributedLocking.TestDrivers.Offloading;

/// <summary>A command whose time-out cancels the statement, where MySql.Data's breaks the connection.</summary>
internal sealed class OffloadedCommand : DbCommand
{
    private readonly MySqlCommand _inner = new() { CommandTimeout = 0 };
    private OffloadedConnection? _connection;

    [AllowNull]
    public override string CommandText
    {
        get => _inner.CommandText;
        set => _inner.CommandText = value;
    }

    public override int CommandTimeout { get; set; } = 30;

    public override CommandType CommandType { get; set; } = CommandType.Text;

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection
    {
        get => _connection;
        set => _connection = (OffloadedConnection?)value;
    }

    protected override DbParameterCollection DbParameterCollection => _inner.Parameters;

    protected override DbTransaction? DbTransaction { get; set; }

    public override void Cancel() => throw new NotSupportedException("Cancel the token.");

    public override void Prepare()
    {
    }

    public override int ExecuteNonQuery() => WorkerThread.Block(ExecuteNonQueryAsync(CancellationToken.None));

    public override object? ExecuteScalar() => WorkerThread.Block(ExecuteScalarAsync(CancellationToken.None));

    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) => RunAsync(
        static reader =>
        {
            ReadToEnd(reader);
            reader.Close();
            return reader.RecordsAffected;
        },
        cancellationToken);

    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) => RunAsync(
        static reader =>
        {
            var value = reader.Read() ? reader.GetValue(0) : null;
            ReadToEnd(reader);
            reader.Close();
            return value;
        },
        cancellationToken);

    protected override DbParameter CreateDbParameter() => new MySqlParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        WorkerThread.Block(ExecuteDbDataReaderAsync(behavior, CancellationToken.None));

    protected override Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        RunAsync<DbDataReader>(reader => new OffloadedReader(_connection!, reader), cancellationToken);

    protected override void Dispose(bool disposing)
    {
        _inner.Dispose();
        base.Dispose(disposing);
    }

    // MySql.Data's Close hides a connection that ends in it.
    private static void ReadToEnd(MySqlDataReader reader)
    {
        while (reader.NextResult())
        {
        }
    }

    private async Task<T> RunAsync<T>(Func<MySqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var connection = _connection ?? throw new InvalidOperationException("The command has no connection.");
        if (DbTransaction != connection.Transaction)
        {
            throw new InvalidOperationException("The command's transaction is not the connection's, which MySqlConnector refuses.");
        }

        connection.Attach(_inner);
        using var timeout = new CancellationTokenSource(CommandTimeout > 0 ? TimeSpan.FromSeconds(CommandTimeout) : Timeout.InfiniteTimeSpan, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await connection.RunAsync(Execute, either.Token);
        }
        catch (OperationCanceledException e)
        {
            // Its token is the linked one, which the caller does not know.
            throw cancellationToken.IsCancellationRequested ? new OperationCanceledException(e.Message, e.InnerException, cancellationToken) : e.InnerException ?? e;
        }

        // It returns null for a statement that was killed, of which it says nothing.
        T Execute() => read(_inner.ExecuteReader() ?? throw OffloadedException.Interrupted());
    }
}
