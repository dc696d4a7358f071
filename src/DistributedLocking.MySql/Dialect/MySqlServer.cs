using System.Data.Common;
using System.Globalization;
using MySqlConnector;

namespace DistributedLocking.MySql.Dialect;

/// <summary>What a server says of itself.</summary>
/// <param name="IsMariaDb">Whether it is MariaDB, which bounds statements and idle transactions by itself.</param>
/// <param name="IsMultiPrimary">
/// Whether several servers of its cluster take writes, between which row locks do not hold.
/// </param>
/// <param name="WaitTimeout">How long a new session may be idle, in seconds.</param>
/// <param name="IdleTransactionTimeout">How long a transaction of a new session may be idle, in seconds.</param>
/// <param name="LockWaitTimeout">How long a new session waits for a row, in seconds.</param>
internal sealed record MySqlServer(bool IsMariaDb, bool IsMultiPrimary, long WaitTimeout, long IdleTransactionTimeout, long LockWaitTimeout)
{
    private const string NewIsolationVariable = "transaction_isolation";

    private const string GlobalAutocommit = "global autocommit";

    private const string GlobalMode = "global sql_mode";

    private const string Sysdate = "sysdate";

    private const string SimultaneousAssignment = "SIMULTANEOUS_ASSIGNMENT";

    private const string GlobalVariables = $"""
         UNION ALL SELECT '{GlobalAutocommit}', CAST(@@GLOBAL.autocommit AS CHAR)
         UNION ALL SELECT '{GlobalMode}', @@GLOBAL.sql_mode
         UNION ALL SELECT '{Sysdate}', IF(SLEEP(0.001) = 0 AND SYSDATE(6) > NOW(6), '1', '0')
         UNION ALL SELECT 'init_connect', COALESCE(@@GLOBAL.init_connect, '')
        """;

    /// <summary>Those that some versions and builds do not know: to name one would be an error.</summary>
    private const string OptionalVariables = $"""
        SHOW VARIABLES WHERE variable_name IN
            ('wsrep_on', 'group_replication_single_primary_mode', 'group_replication_group_name', '{NewIsolationVariable}')
        """;

    private static readonly string[] Variables = ["wait_timeout", "innodb_lock_wait_timeout", "autocommit", "sql_mode"];

    private static readonly string[] MariaDbVariables =
        ["idle_transaction_timeout", "idle_readonly_transaction_timeout", "idle_write_transaction_timeout", "max_statement_time"];

    /// <summary>
    /// MariaDB's variable for the isolation level: 11.1 took over MySQL's name, and deprecates its own.
    /// </summary>
    internal string IsolationVariable { get; init; } = "tx_isolation";

    /// <summary>
    /// Like <see cref="IdleTransactionTimeout"/>, which it overrides where it is not zero, for a transaction that has
    /// written nothing, such as a row lock's.
    /// </summary>
    internal long IdleReadonlyTransactionTimeout { get; init; }

    /// <summary>The same for a transaction that has written.</summary>
    internal long IdleWriteTransactionTimeout { get; init; }

    /// <summary>How long a statement of a new session may take on MariaDB, in seconds.</summary>
    internal decimal MaxStatementTime { get; init; }

    /// <summary>
    /// Whether SYSDATE is read when it is called, and is not the time of the statement's begin (--sysdate-is-now).
    /// </summary>
    internal bool ReadsClock { get; init; }

    /// <summary>Whether a statement without a transaction commits by itself, in a new session.</summary>
    internal bool Autocommit { get; init; } = true;

    /// <summary>
    /// Whether a statement without a transaction commits by itself, in every session: what a pool has reset is as the
    /// server's global settings say, and what init_connect has set up is not.
    /// </summary>
    internal bool CommitsByItself { get; init; } = true;

    /// <summary>
    /// Whether the assignments of a statement all see the row as it was (MariaDB's SIMULTANEOUS_ASSIGNMENT), and not
    /// those before them.
    /// </summary>
    internal bool AssignsAtOnce { get; init; }

    /// <summary>Whether the driver's pool puts back the session's settings by itself.</summary>
    internal bool PoolResets { get; init; }

    /// <summary>
    /// Whether settings may be left as a lock has them, the pool's reset putting back all: on MariaDB they mean nothing
    /// to an idle session.
    /// </summary>
    internal bool KeepsSettings => PoolResets && Autocommit;

    internal static async ValueTask<MySqlServer> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        await AddAsync(values, connection, "SELECT 'version', VERSION()", cancellationToken).ConfigureAwait(false);
        string[] names = IsMaria(values["version"]) ? [.. Variables, .. MariaDbVariables] : Variables;
        var select = string.Join(" UNION ALL ", names.Select(name => $"SELECT '{name}', CAST(@@SESSION.{name} AS CHAR)"));
        await AddAsync(values, connection, $"{select}{GlobalVariables};{OptionalVariables}", cancellationToken).ConfigureAwait(false);
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
            IdleReadonlyTransactionTimeout = Number("idle_readonly_transaction_timeout", 0),
            IdleWriteTransactionTimeout = Number("idle_write_transaction_timeout", 0),
            MaxStatementTime = decimal.TryParse(Text("max_statement_time"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 0,
            ReadsClock = IsOn(Sysdate),
            Autocommit = !IsOff("autocommit"),
            CommitsByItself = !IsOff("autocommit") && !IsOff(GlobalAutocommit) && !Mentions("init_connect", "autocommit"),
            AssignsAtOnce = Mentions("sql_mode", SimultaneousAssignment) || Mentions(GlobalMode, SimultaneousAssignment)
                || Mentions("init_connect", SimultaneousAssignment),
            IsolationVariable = variables.ContainsKey(NewIsolationVariable) ? NewIsolationVariable : "tx_isolation",
        };

        string Text(string name) => variables.TryGetValue(name, out var text) ? text : "";

        bool IsOn(string name) => Text(name) is "ON" or "1";

        bool IsOff(string name) => variables.ContainsKey(name) && !IsOn(name);

        bool Mentions(string name, string what) => Text(name).Contains(what, StringComparison.OrdinalIgnoreCase);

        long Number(string name, long otherwise) =>
            long.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
    }

    /// <summary>
    /// Whether the pool that a connection is from puts back the session's settings before anybody gets it again.
    /// MySqlConnector's does, unless told not to; of another driver, or of a wrapper, it is not known.
    /// </summary>
    internal static bool ResetsSessions(DbConnection connection) =>
        connection is MySqlConnection && new MySqlConnectionStringBuilder(connection.ConnectionString).ConnectionReset;

    internal static bool IsMaria(string version) => version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);

    private static async Task AddAsync(Dictionary<string, string> values, DbConnection connection, string query, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = query;
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                do
                {
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        values[reader.GetString(0)] = reader.GetString(1);
                    }
                }
                while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
            }
        }
    }
}
