using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.MySql.Dialect;

/// <summary>The statements on MySQL and MariaDB that begin a transaction and lock a row in it.</summary>
internal sealed class MySqlRowLock(string table, MySqlServer server)
{
    /// <summary>For a lock and for a writer.</summary>
    internal const string Alone = "FOR UPDATE";

    // On MySQL. It lives as long as its transaction, so to name it later fails if that has been undone. Set once the
    // row is locked, since to go back to it frees what was locked later.
    internal const string Savepoint = "distributed_lock";

    // The two others override the first where they are set, a locking read being no write. What the server says of them
    // must not count.
    internal const string MariaDbIdle = "idle_transaction_timeout = @idle, idle_readonly_transaction_timeout = @idle, idle_write_transaction_timeout = @idle";

    internal const string Idle = "SET SESSION wait_timeout = @idle;";

    // Read committed locks the row itself and no gap beside it. The level is that of the next transaction only.
    private const string StartTransaction = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;START TRANSACTION;";

    // Read when it is called, for a row that is selected after the row has been locked. It has no twin in UTC. Another
    // statement would do on a plain server; on Galera the statements that come in one packet all have the time of its
    // arrival, which is that of before a wait, and tokens would fall.
    private const string ClockOfRow = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', SYSDATE(6))";

    private const string InUtc = "time_zone = '+00:00'";

    private static readonly string Now = SqlDialect.MySql.Clock;

    /// <summary>Whether the row comes with the clock.</summary>
    internal bool HasClock { get; } = server is { IsMariaDb: true, ReadsClock: true };

    /// <summary>Begins a transaction without a wait.</summary>
    internal string Begin { get; } = server.IsMariaDb ? MariaDbBegin(server) : Idle + StartTransaction;

    /// <summary>What follows the lock in the transaction.</summary>
    internal string Mark { get; } = server.IsMariaDb ? "" : $";SAVEPOINT {Savepoint}";

    /// <summary>
    /// For readers, who hold the row together. A writer that waits keeps later ones out, those that don't wait too.
    /// MySQL does not know its own older words together with SKIP LOCKED.
    /// </summary>
    internal string Beside { get; } = server.IsMariaDb ? "LOCK IN SHARE MODE" : "FOR SHARE";

    /// <summary>Begins, and waits for the row.</summary>
    internal string Lock(string how)
    {
        var begin = server.IsMariaDb ? Begin : "SET SESSION wait_timeout = @idle, innodb_lock_wait_timeout = @wait;" + StartTransaction;
        var bound = server.IsMariaDb ? $"SET STATEMENT {InUtc}, max_statement_time = @limit, innodb_lock_wait_timeout = @wait FOR " : "";
        return $"{begin}{bound}{Row(how)}{Mark}{(HasClock ? "" : $";SELECT {Now}")}";
    }

    /// <summary>In the transaction, without waiting.</summary>
    internal string TryLock(string how)
    {
        var inUtc = server.KeepsSettings ? "" : $"SET STATEMENT {InUtc} FOR ";
        return HasClock
            ? $"{inUtc}{Row(how)} SKIP LOCKED"
            : $"{Row(how)} SKIP LOCKED{Mark};SELECT {Now}, EXISTS (SELECT 1 FROM {table} WHERE lock_key = @key)";
    }

    private string Row(string how) => $"SELECT token, used_at, expires_at{(HasClock ? ", " + ClockOfRow : "")} FROM {table} WHERE lock_key = @key {how}";

    /// <summary>
    /// Like <see cref="StartTransaction"/> with its settings, in one statement. Without the word SESSION the level is
    /// that of the next transaction only, and is not left behind, nor is a time zone. The server's own limit on
    /// statements would end one that does not wait, which would look like another holder.
    /// </summary>
    private static string MariaDbBegin(MySqlServer server)
    {
        var isolation = $"{server.IsolationVariable} = 'READ-COMMITTED'";
        return $"SET {(server.KeepsSettings ? $"SESSION {isolation}, {InUtc}" : $"@@{isolation}")}, SESSION {MariaDbIdle}, max_statement_time = 0, autocommit = 0;";
    }
}
