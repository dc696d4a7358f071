using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace DistributedLocking.Sql.Tests.Doubles;

/// <summary>
/// Records each command that goes to the server, and can make one fail instead. A text with several statements goes in
/// one round trip.
/// </summary>
internal sealed class RecordingDataSource(DbDataSource inner) : DbDataSource
{
    internal ConcurrentQueue<string> Commands { get; } = new();

    /// <summary>What to throw instead of sending a command; null sends it.</summary>
    internal Func<string, Exception?> Fault { get; set; } = _ => null;

    /// <summary>What to send instead of a command.</summary>
    internal Func<string, string> Text { get; set; } = text => text;

    /// <summary>What to read instead of the answer to a command.</summary>
    internal Func<string, DbDataReader, DbDataReader> Answer { get; set; } = (_, reader) => reader;

    /// <summary>What an opening waits for, whatever its token says.</summary>
    internal Task Opening { get; set; } = Task.CompletedTask;

    /// <summary>How many connections have been opened and closed again.</summary>
    internal int Closed { get; private set; }

    public override string ConnectionString => inner.ConnectionString;

    internal void Record(string text)
    {
        Commands.Enqueue(text);
        if (Fault(text) is { } fault)
        {
            throw fault;
        }
    }

    protected override DbConnection CreateDbConnection() => new RecordingConnection(inner.CreateConnection(), this);

    private sealed class RecordingConnection(DbConnection inner, RecordingDataSource recorder) : DbConnection
    {
        [AllowNull]
        public override string ConnectionString
        {
            get => inner.ConnectionString;
            set => inner.ConnectionString = value;
        }

        public override string Database => inner.Database;

        public override string DataSource => inner.DataSource;

        public override string ServerVersion => inner.ServerVersion;

        public override ConnectionState State => inner.State;

        public override void ChangeDatabase(string databaseName) => inner.ChangeDatabase(databaseName);

        public override void Open() => inner.Open();

        public override async Task OpenAsync(CancellationToken cancellationToken)
        {
            await recorder.Opening;
            await inner.OpenAsync(recorder.Opening == Task.CompletedTask ? cancellationToken : CancellationToken.None);
        }

        public override void Close() => inner.Close();

        public override Task CloseAsync() => inner.CloseAsync();

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
            recorder.Closed++;
        }

        protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => inner.BeginTransaction(isolationLevel);

        protected override DbCommand CreateDbCommand() => new RecordingCommand(inner.CreateCommand(), recorder);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }

    private sealed class RecordingCommand(DbCommand inner, RecordingDataSource recorder) : DbCommand
    {
        [AllowNull]
        public override string CommandText
        {
            get => inner.CommandText;
            set => inner.CommandText = value;
        }

        public override int CommandTimeout
        {
            get => inner.CommandTimeout;
            set => inner.CommandTimeout = value;
        }

        public override CommandType CommandType
        {
            get => inner.CommandType;
            set => inner.CommandType = value;
        }

        public override bool DesignTimeVisible { get; set; }

        public override UpdateRowSource UpdatedRowSource
        {
            get => inner.UpdatedRowSource;
            set => inner.UpdatedRowSource = value;
        }

        protected override DbConnection? DbConnection
        {
            get => inner.Connection;
            set => inner.Connection = value;
        }

        protected override DbParameterCollection DbParameterCollection => inner.Parameters;

        protected override DbTransaction? DbTransaction
        {
            get => inner.Transaction;
            set => inner.Transaction = value is WrappedTransaction wrapped ? wrapped.Inner : value;
        }

        public override void Cancel() => inner.Cancel();

        public override void Prepare() => inner.Prepare();

        public override int ExecuteNonQuery() => Recorded().ExecuteNonQuery();

        public override object? ExecuteScalar() => Recorded().ExecuteScalar();

        public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) => await Recorded().ExecuteNonQueryAsync(cancellationToken);

        public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) => await Recorded().ExecuteScalarAsync(cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }

        protected override DbParameter CreateDbParameter() => inner.CreateParameter();

        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Recorded().ExecuteReader(behavior);

        protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
            recorder.Answer(CommandText, await Recorded().ExecuteReaderAsync(behavior, cancellationToken));

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }

        private DbCommand Recorded()
        {
            recorder.Record(CommandText);
            inner.CommandText = recorder.Text(CommandText);
            return inner;
        }
    }
}
