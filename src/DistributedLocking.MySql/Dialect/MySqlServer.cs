using System.Data.Common;
using System.Globalization;
using MySqlConnector;

namespace DistributedLocking.MySql.Dialect;

/// <summary>What a server says of itself.</summary>
/// <param name="IsMariaDb">Whether it is MariaDB, which bounds statements and idle transactions by itself.</param>
/// <param name="IsMultiPrimary">Whether several servers of its cluster take writes, between which row locks do not hold.</param>
/// <param name="WaitTimeout">How long a new session may be idle, in seconds.</param>
/// <param name="IdleTransactionTimeout">How long a transaction of a new session may be idle, in seconds.</param>
/// <param name="LockWaitTimeout">How long a new session waits for a row, in seconds.</param>
internal sealed record MySqlServer(bool IsMariaDb, bool IsMultiPrimary, long WaitTimeout, long IdleTransactionTimeout, long LockWaitTimeout)
{
    private const string NewIsolationVariable = "transaction_isolation";

    /// <summary>MariaDB's variable for the isolation level: 11.1 took over MySQL's name, and deprecates its own.</summary>
    internal string IsolationVariable { get; init; } = "tx_isolation";

    /// <summary>Whether a statement without a transaction commits by itself.</summary>
    internal bool CommitsByItself { get; init; } = true;

    /// <summary>Whether the assignments of a statement all see the row as it was (MariaDB's SIMULTANEOUS_ASSIGNMENT), and not those before them.</summary>
    internal bool AssignsAtOnce { get; init; }

    /// <summary>Whether the driver's pool puts back the session's settings by itself.</summary>
    internal bool PoolResets { get; init; }

    internal static async ValueTask<MySqlServer> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        await AddAsync(values, connection, "SELECT 'version', VERSION()", cancellationToken).ConfigureAwait(false);
        var table = IsMaria(values["version"]) ? "information_schema.session_variables" : "performance_schema.session_variables";
        await AddAsync(values, connection, Variables(table), cancellationToken).ConfigureAwait(false);
        return From(values) with { PoolResets = ResetsSessions(connection) };
    }

    internal static MySqlServer From(IReadOnlyDictionary<string, string> variables)
    {
        var isGroup = Text("group_replication_group_name").Length > 0;
        return new MySqlServer(
            IsMaria(Text("version")),
            IsOn("wsrep_on") || (isGroup && !IsOn("group_replication_single_primary_mode")),
            Number("wait_timeout", 28_800),
            Number("idle_transaction_timeout", 0),
            Number("innodb_lock_wait_timeout", 50))
        {
            CommitsByItself = !variables.ContainsKey("autocommit") || IsOn("autocommit"),
            AssignsAtOnce = Text("sql_mode").Contains("SIMULTANEOUS_ASSIGNMENT", StringComparison.OrdinalIgnoreCase),
            IsolationVariable = variables.ContainsKey(NewIsolationVariable) ? NewIsolationVariable : "tx_isolation",
        };

        string Text(string name) => variables.TryGetValue(name, out var text) ? text : "";

        bool IsOn(string name) => Text(name) is "ON" or "1";

        long Number(string name, long otherwise) =>
            long.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
    }

    /// <summary>
    /// Whether the pool that a connection is from puts back the session's settings before anybody gets it again. MySqlConnector's does, unless told not to;
    /// of another driver, or of a wrapper, it is not known.
    /// </summary>
    internal static bool ResetsSessions(DbConnection connection) =>
        connection is MySqlConnection && new MySqlConnectionStringBuilder(connection.ConnectionString).ConnectionReset;

    internal static bool IsMaria(string version) => version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);

    private static string Variables(string table) => $"""
        SELECT variable_name, variable_value FROM {table}
        WHERE variable_name IN ('wsrep_on', 'group_replication_single_primary_mode', 'group_replication_group_name',
            'wait_timeout', 'idle_transaction_timeout', 'innodb_lock_wait_timeout', 'autocommit', 'sql_mode', '{NewIsolationVariable}')
        """;

    private static async Task AddAsync(Dictionary<string, string> values, DbConnection connection, string query, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = query;
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    values[reader.GetString(0)] = reader.GetString(1);
                }
            }
        }
    }
}
