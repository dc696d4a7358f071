using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;
using DistributedLocking.MySql;
using DistributedLocking.MySql.Dialect;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.Logging;
using MySqlConnector;

namespace DistributedLocking.Sql.Tests.Servers;

/// <summary>MariaDB, as what it is.</summary>
public partial class MySqlKind : DatabaseKind
{
    internal override SqlLockDialect LockDialect { get; } = new MySqlLockDialect();

    internal override string Now => "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))";

    internal override string Settings => """
        SELECT CONCAT_WS(' ', @@session.tx_isolation, @@session.idle_transaction_timeout,
            @@session.idle_readonly_transaction_timeout, @@session.idle_write_transaction_timeout, @@session.wait_timeout,
            @@session.innodb_lock_wait_timeout, @@session.max_statement_time, @@session.autocommit)
        """;

    internal override string Self => "SELECT CONNECTION_ID()";

    internal override string NoReset => "Connection Reset=false";

    internal override string WorkerName => "mysql";

    internal override async Task<DatabaseServer> StartServerAsync(params string[] arguments) => await MariaDbServer.StartAsync(arguments);

    internal override Task<DatabaseServer> StartUnusualServerAsync(string isolationLevel) => StartServerAsync(
        $"--transaction-isolation={isolationLevel.Replace(' ', '-')}",
        "--idle-transaction-timeout=777", "--idle-readonly-transaction-timeout=778", "--idle-write-transaction-timeout=779", "--wait-timeout=7777",
        "--innodb-lock-wait-timeout=77", "--max-statement-time=55");

    internal override Task<DatabaseServer> StartHostileServerAsync() => StartServerAsync(
        "--idle-transaction-timeout=1", "--idle-readonly-transaction-timeout=1", "--idle-write-transaction-timeout=1", "--wait-timeout=2",
        "--innodb-lock-wait-timeout=1", "--lock-wait-timeout=1", "--max-statement-time=1", "--autocommit=0");

    internal override async Task<DatabaseServer> GetSharedServerAsync() => await MariaDbServer.GetSharedAsync();

    internal override DbDataSource CreateSource(string connectionString) => new MySqlDataSource(connectionString);

    internal override SqlLockOptions NewOptions() => new MySqlLockOptions();

    internal override SqlLockProvider CreateProvider(SqlLockOptions options, DbDataSource source, ILoggerFactory? loggerFactory = null, TimeProvider? time = null) =>
        new MySqlLockProvider((MySqlLockOptions)options, loggerFactory, time, source);

    internal override string Drop(string database) => $"DROP DATABASE {Quote(database)}";

    internal override string Sessions(string database) => $"SELECT id FROM information_schema.processlist WHERE db = '{database}'";

    internal override async Task<List<long>> GetWaitingAsync(DatabaseUnderTest database)
    {
        var sessions = await database.AdminAsync(Sessions(database.Name));
        return [.. (await TransactionsAsync(database)).Where(transaction => transaction.IsWaiting).Select(transaction => transaction.Session).Intersect(sessions)];
    }

    internal override async Task<List<long>> GetHoldingAsync(DatabaseUnderTest database)
    {
        var idle = await database.AdminAsync($"{Sessions(database.Name)} AND command = 'Sleep'");
        return [.. (await TransactionsAsync(database)).Where(transaction => !transaction.IsWaiting).Select(transaction => transaction.Session).Intersect(idle)];
    }

    internal override string Kill(long session) => $"KILL {session}";

    internal override string LockTable(string table) => $"LOCK TABLES {table} WRITE";

    internal override string Deadlocks(string database) =>
        "SELECT CAST(variable_value AS SIGNED) FROM information_schema.global_status WHERE variable_name = 'innodb_deadlocks'";

    // Not information_schema.innodb_trx, which is filled anew only when nobody has read it for 0.1 seconds: many tests
    // that ask would see nothing new.
    private static async Task<IEnumerable<(long Session, bool IsWaiting)>> TransactionsAsync(DatabaseUnderTest database)
    {
        var status = await database.AdminTextAsync("SHOW ENGINE INNODB STATUS", column: 2);
        return status.Split("---TRANSACTION ")
            .Skip(1)
            .Where(text => ActiveTransaction().IsMatch(text))
            .Select(text => (ThreadId().Match(text), text.Contains("LOCK WAIT", StringComparison.Ordinal)))
            .Where(found => found.Item1.Success)
            .Select(found => (long.Parse(found.Item1.Groups["id"].Value, CultureInfo.InvariantCulture), found.Item2));
    }

    [GeneratedRegex("^[^\n]*, ACTIVE", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ActiveTransaction();

    [GeneratedRegex("thread id (?<id>[0-9]+),", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ThreadId();
}
