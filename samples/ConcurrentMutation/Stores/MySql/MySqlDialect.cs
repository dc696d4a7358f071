using System.Data.Common;
using ConcurrentMutation.Stores.Relational;
using MySqlConnector;

namespace ConcurrentMutation.Stores.MySql;

/// <summary>MySQL and MariaDB.</summary>
internal static class MySqlDialect
{
    internal static readonly SqlDialect Instance = new(
        MySqlConnectorFactory.Instance,
        Session: $"SET SESSION innodb_lock_wait_timeout = {SqlDialect.LockWaitSeconds}",
        CreateTable:
            """
            CREATE TABLE IF NOT EXISTS employee (
                email_address VARCHAR(254) NOT NULL PRIMARY KEY,
                first_name VARCHAR(100) NOT NULL,
                last_name VARCHAR(100) NOT NULL,
                version BIGINT NOT NULL
            ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
            """,
        InsertRow: "INSERT INTO employee VALUES (@email, @first, @last, @version) ON DUPLICATE KEY UPDATE version = employee.version",
        Classify);

    private static SqlFault Classify(DbException exception) => (exception as MySqlException)?.ErrorCode switch
    {
        MySqlErrorCode.LockDeadlock => SqlFault.Deadlock,
        MySqlErrorCode.LockWaitTimeout => SqlFault.LockTimeout,
        _ => SqlFault.Other,
    };
}
