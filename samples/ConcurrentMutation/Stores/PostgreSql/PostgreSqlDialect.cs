using System.Data.Common;
using ConcurrentMutation.Stores.Relational;
using Npgsql;

namespace ConcurrentMutation.Stores.PostgreSql;

internal static class PostgreSqlDialect
{
    internal static readonly SqlDialect Instance = new(
        NpgsqlFactory.Instance,
        Session: $"SET lock_timeout = '{SqlDialect.LockWaitSeconds}s'",

        // Two sessions that create a table at the same moment fail in spite of IF NOT EXISTS; the lock is held for
        // these two statements.
        CreateTable:
            """
            SELECT pg_advisory_xact_lock(hashtext('employee'));
            CREATE TABLE IF NOT EXISTS employee (
                email_address VARCHAR(254) NOT NULL PRIMARY KEY,
                first_name VARCHAR(100) NOT NULL,
                last_name VARCHAR(100) NOT NULL,
                version BIGINT NOT NULL
            )
            """,
        InsertRow: "INSERT INTO employee VALUES (@email, @first, @last, @version) ON CONFLICT DO NOTHING",
        Classify);

    private static SqlFault Classify(DbException exception) => exception.SqlState switch
    {
        // Read-committed transactions get no serialization failures; to the demo they would be the same: rolled back,
        // to be done again.
        PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure => SqlFault.Deadlock,
        PostgresErrorCodes.LockNotAvailable => SqlFault.LockTimeout,
        _ => SqlFault.Other,
    };
}
