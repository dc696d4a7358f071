using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ConcurrentMutation.Stores.Sqlite;

/// <summary>
/// An immediate transaction: from its start on, nobody else can write to the database. It is SQLite's nearest to a row
/// lock.
/// </summary>
/// <remarks>
/// The waiting is done here. SQLite's own busy handler sleeps for whole seconds where it is built without
/// <c>usleep</c>, as in the bundle used here, and the ADO.NET driver blocks its thread for 150 ms between tries.
/// </remarks>
internal sealed class SqliteWriteTransaction : IDisposable
{
    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// Tries in a row between two pauses: SQLite has no queue, and the gap that a busy writer leaves is a few
    /// microseconds long.
    /// </summary>
    private const int Burst = 50;

    private readonly sqlite3 database;
    private bool isOpen = true;

    private SqliteWriteTransaction(sqlite3 database) => this.database = database;

    internal static async Task<SqliteWriteTransaction> BeginAsync(SqliteConnection connection, CancellationToken cancellationToken)
    {
        var handle = connection.Handle!;
        var time = TimeProvider.System;
        var begun = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var code = raw.sqlite3_exec(handle, "BEGIN IMMEDIATE");
            if (code == raw.SQLITE_OK)
            {
                return new SqliteWriteTransaction(handle);
            }

            if (code != raw.SQLITE_BUSY)
            {
                SqliteException.ThrowExceptionForRC(code, handle);
            }

            if (time.GetElapsedTime(begun) > BusyTimeout)
            {
                throw new TimeoutException("The database stayed busy.");
            }

            if (attempt % Burst == 0)
            {
                await Task.Delay(RetryInterval, time, cancellationToken);
            }
            else
            {
                await Task.Yield();
            }
        }
    }

    internal void Commit()
    {
        SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(database, "COMMIT"), database);
        isOpen = false;
    }

    public void Dispose()
    {
        if (isOpen)
        {
            isOpen = false;
            _ = raw.sqlite3_exec(database, "ROLLBACK");
        }
    }
}
