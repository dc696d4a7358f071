using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using MySql.Data.MySqlClient;

namespace DistributedLocking.TestDrivers.Offloading;

/// <summary>A connection whose calls run on a thread of its own and end when they are cancelled, as MySqlConnector's do.</summary>
internal sealed class OffloadedConnection(OffloadedDataSource pool) : DbConnection
{
    private const int CancellationSeconds = 2;

    private static readonly TimeSpan CancellationTimeout = TimeSpan.FromSeconds(CancellationSeconds);

    private MySqlConnection? _inner;
    private WorkerThread? _worker;

    internal OffloadedTransaction? Transaction { get; set; }

    [AllowNull]
    public override string ConnectionString
    {
        get => pool.ConnectionString;
        set => throw new NotSupportedException("It is the data source's.");
    }

    public override string Database => _inner?.Database ?? "";

    public override string DataSource => _inner?.DataSource ?? "";

    public override string ServerVersion => Inner.ServerVersion;

    public override ConnectionState State => _inner?.State ?? ConnectionState.Closed;

    private MySqlConnection Inner => State == ConnectionState.Open ? _inner! : throw new InvalidOperationException("The connection is not open.");

    public override void ChangeDatabase(string databaseName) => Inner.ChangeDatabase(databaseName);

    public override void Open() => WorkerThread.Block(OpenCoreAsync(CancellationToken.None));

    public override Task OpenAsync(CancellationToken cancellationToken) => OpenCoreAsync(cancellationToken);

    public override void Close() => WorkerThread.Block(CloseCoreAsync());

    public override Task CloseAsync() => CloseCoreAsync();

    public override async ValueTask DisposeAsync()
    {
        await CloseCoreAsync();
        await base.DisposeAsync();
    }

    /// <summary>Runs a call of the driver on the connection's thread.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Kills the statement, and cuts the connection when that does not end it in time.</param>
    internal async Task<T> RunAsync<T>(Func<T> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var inner = Inner;
        var worker = _worker!;
        var running = worker.RunAsync(() => Translate(call, inner));
        if (await EndsAsync(running, cancellationToken))
        {
            return await running;
        }

        var kill = Task.Factory.StartNew(
            () => Try(() => inner.CancelQuery(CancellationSeconds)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var ended = Task.WhenAll(running, kill);
        await Task.WhenAny(ended, Task.Delay(CancellationTimeout, TimeProvider.System, CancellationToken.None));
        if (!ended.IsCompleted)
        {
            // A kill that comes late would end another statement.
            Cut(inner);
            throw new OperationCanceledException("The server did not end the statement.", OffloadedException.Interrupted(), cancellationToken);
        }

        if (State == ConnectionState.Open)
        {
            // The kill may have come after the statement.
            await worker.RunAsync(() => Try(() => new MySqlCommand("DO SLEEP(0)", inner).ExecuteScalar()));
        }

        try
        {
            return await running;
        }
        catch (DbException e)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }

    /// <summary>Closes the socket, whatever waits for it. MySql.Data's Close would wait for the pending reply first, and its Abort is what its own time-outs call.</summary>
    internal static void Cut(MySqlConnection connection) => Try(() => Abort(connection));

    internal void Attach(MySqlCommand command) => command.Connection = Inner;

    protected override DbCommand CreateDbCommand() => new OffloadedCommand { Connection = this };

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        WorkerThread.Block(OffloadedTransaction.BeginAsync(this, isolationLevel, CancellationToken.None));

    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        await OffloadedTransaction.BeginAsync(this, isolationLevel, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }

        base.Dispose(disposing);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Abort")]
    private static extern void Abort(MySqlConnection connection);

    /// <summary>Whether a task ended, rather than that its wait was cancelled.</summary>
    private static async Task<bool> EndsAsync(Task task, CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (cancellationToken.Register(cancelled.SetResult))
        {
            await Task.WhenAny(task, cancelled.Task);
        }

        return task.IsCompleted;
    }

    private static bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private async Task<bool> OpenCoreAsync(CancellationToken cancellationToken)
    {
        await pool.WaitForSlotAsync(cancellationToken);
        var worker = WorkerThread.Rent();
        var opening = worker.RunAsync(pool.Take);
        if (await EndsAsync(opening, cancellationToken) && opening.IsCompletedSuccessfully)
        {
            _inner = await opening;
            _worker = worker;
            return true;
        }

        // It ends by itself, when the server answers or the connection string's time is over.
        _ = opening.ContinueWith(late => pool.GiveBack(late.Result), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        worker.Return();
        pool.ReleaseSlot();
        return opening.IsFaulted ? await opening is null : throw new OperationCanceledException(cancellationToken);
    }

    private async Task<bool> CloseCoreAsync()
    {
        if (_worker is not { } worker || _inner is not { } inner)
        {
            return false;
        }

        if (Transaction is not null && State == ConnectionState.Open)
        {
            var rollback = worker.RunAsync(() => Try(() => new MySqlCommand("ROLLBACK", inner) { CommandTimeout = CancellationSeconds }.ExecuteScalar()));
            if (!await rollback)
            {
                Cut(inner);
            }
        }

        Transaction = null;
        _worker = null;
        _inner = null;
        pool.GiveBack(inner);
        worker.Return();
        pool.ReleaseSlot();
        return true;
    }

    private static T Translate<T>(Func<T> call, MySqlConnection inner)
    {
        try
        {
            return call();
        }
        catch (Exception e)
        {
            if (OffloadedException.EndsSession(e))
            {
                Cut(inner);
            }

            if (e is IOException or TimeoutException or NullReferenceException)
            {
                throw new OffloadedException("The connection failed.", number: 0, e);
            }

            throw;
        }
    }
}
