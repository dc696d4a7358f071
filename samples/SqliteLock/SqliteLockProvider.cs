using DistributedLocking;
using DistributedLocking.Providers;
using Microsoft.Data.Sqlite;

namespace SqliteLock;

/// <summary>
/// Keeps leases in a table of an SQLite file: a provider in a few dozen lines, made of public types alone.
/// </summary>
/// <remarks>
/// It excludes the processes of one machine, and is here to be read, not to be used: waiters poll, and a clock that is
/// stepped forward ends leases. A key's row stays when it is released, and with it the newest fencing token.
/// </remarks>
public sealed class SqliteLockProvider(SqliteLockOptions options) : ILockProvider
{
    // The store's clock decides, not the callers': milliseconds since 1970.
    private const string Now = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

    // A power failure ends the holders too, so that nobody has to wait for the disk.
    private const string Session = "PRAGMA synchronous = NORMAL";

    // With a log of its own a file is written by one while others read it.
    private const string CreateTable =
        Session + "; PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS lease (key TEXT PRIMARY KEY, owner TEXT, token INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID";

    private const string Acquire = $"""
        INSERT INTO lease (key, owner, token, expires) VALUES ($key, $owner, {Now} * 1000, {Now} + $ttl)
        ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, token = max(token + 1, excluded.token), expires = excluded.expires
        WHERE lease.expires <= {Now} OR lease.owner = excluded.owner
        RETURNING token
        """;

    private const string HolderExpires = $"SELECT expires - {Now} FROM lease WHERE key = $key AND owner <> $owner AND expires > {Now}";

    private const string Renew = $"UPDATE lease SET expires = {Now} + $ttl WHERE key = $key AND owner = $owner AND expires > {Now}";

    private const string Release = $"UPDATE lease SET owner = NULL, expires = 0 WHERE key = $key AND owner = $owner AND expires > {Now}";

    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(5);

    private readonly string _connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = options.Path,
        DefaultTimeout = (int)CommandTimeout.TotalSeconds,
    }.ToString();

    // Where the prefix ends must show, or the prefix "a" with the key "bc" would be the prefix "ab" with the key "c".
    private readonly string _prefix = $"{options.KeyPrefix.Length}:{options.KeyPrefix}";

    // One writes at a time. Whoever waits here blocks no thread, as whoever waits for the file does.
    private readonly SemaphoreSlim _writer = new(1);

    private bool _hasTable;

    /// <inheritdoc />
    public string Name => "sqlite";

    /// <inheritdoc />
    public LockProviderCapabilities Capabilities => LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing;

    /// <inheritdoc />
    public async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        // A look first: who only waits must not keep holders from renewing.
        var lease = new LeaseReference(request.Key, request.OwnerId);
        var left = await RunAsync(connection => Command(connection, HolderExpires, lease).ExecuteScalar(), cancellationToken).ConfigureAwait(false);
        if (left is long milliseconds)
        {
            return AcquireReply.NotGranted(TimeSpan.FromMilliseconds(Math.Max(milliseconds, 0)));
        }

        // Somebody else may have taken it meanwhile.
        var granted = await WriteAsync(connection => Command(connection, Acquire, lease, request.TimeToLive).ExecuteScalar(), cancellationToken).ConfigureAwait(false);
        return granted is long token ? AcquireReply.Granted(token) : AcquireReply.NotGranted();
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken) => WriteAsync(
        connection => (IReadOnlyList<RenewalReply>)
        [
            .. batch.Select(request => new RenewalReply(
                Command(connection, Renew, request.Lease, request.TimeToLive).ExecuteNonQuery() == 1 ? RenewalOutcome.Renewed : RenewalOutcome.Lost)),
        ],
        cancellationToken);

    /// <inheritdoc />
    public ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) =>
        WriteAsync(connection => Command(connection, Release, lease).ExecuteNonQuery() == 1, cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
        _writer.Dispose();
        return ValueTask.CompletedTask;
    }

    private SqliteCommand Command(SqliteConnection connection, string text, LeaseReference lease, TimeSpan timeToLive = default)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        command.Parameters.AddWithValue("$key", _prefix + lease.Key);
        command.Parameters.AddWithValue("$owner", lease.OwnerId);

        // Rounded up, so that the store's lease does not end before the one that the engine counts.
        command.Parameters.AddWithValue("$ttl", (long)Math.Ceiling(timeToLive.TotalMilliseconds));
        return command;
    }

    private async ValueTask<T> WriteAsync<T>(Func<SqliteConnection, T> operation, CancellationToken cancellationToken)
    {
        await _writer.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await RunAsync(operation, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <summary>
    /// SQLite's calls block, so they run on the thread pool. Every failure becomes the one exception that callers know.
    /// </summary>
    private async ValueTask<T> RunAsync<T>(Func<SqliteConnection, T> operation, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(() => Run(operation), cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteException e)
        {
            throw new DistributedLockUnavailableException($"SQLite failed: {e.Message}", e);
        }
    }

    private T Run<T>(Func<SqliteConnection, T> operation)
    {
        using var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using var begin = connection.CreateCommand();
        begin.CommandText = _hasTable ? Session : CreateTable;
        begin.ExecuteNonQuery();
        _hasTable = true;
        return operation(connection);
    }
}
