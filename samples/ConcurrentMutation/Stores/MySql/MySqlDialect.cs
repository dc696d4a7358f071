using System.Data.Common;
using ConcurrentMutation.Stores.Relational;

namespace ConcurrentMutation.Stores.MySql;

/// <summary>MySQL and MariaDB. The build chooses the driver: see <c>MySqlDriver</c> in the project file.</summary>
internal static class MySqlDialect
{
    private const int LockWaitTimeout = 1205;
    private const int LockDeadlock = 1213;

    /// <summary>What both drivers keep the server's error number under: their exceptions have no type in common that has it.</summary>
    private const string ErrorNumber = "Server Error Code";

    internal static readonly SqlDialect Instance = new(
        MySqlDriver.Instance,

        // Without the first setting MySql.Data gets each column in its own character set, and can't read MariaDB's utf8mb3.
        Session: $"SET character_set_results = utf8mb4, SESSION innodb_lock_wait_timeout = {SqlDialect.LockWaitSeconds}",
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

    private static SqlFault Classify(DbException exception) => exception.Data[ErrorNumber] switch
    {
        LockDeadlock => SqlFault.Deadlock,
        LockWaitTimeout => SqlFault.LockTimeout,
        _ => SqlFault.Other,
    };
}
