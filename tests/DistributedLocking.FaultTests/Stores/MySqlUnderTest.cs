using System.Data.Common;
using System.Globalization;
using DistributedLocking.FaultTests.Resources;
using DistributedLocking.MySql;
using DistributedLocking.TestKit.Servers;
using MySqlConnector;

namespace DistributedLocking.FaultTests.Stores;

internal sealed class MySqlUnderTest : DatabaseUnderTest
{
    internal const string Leases = """
        SELECT (SELECT COUNT(*) FROM distributed_lock WHERE owner IS NOT NULL AND expires_at > UNIX_TIMESTAMP(NOW(6)) * 1000000)
            + (SELECT COUNT(*) FROM distributed_lock_holder WHERE expires_at > UNIX_TIMESTAMP(NOW(6)) * 1000000)
        """;

    internal const string Transactions = "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_mysql_thread_id <> CONNECTION_ID()";

    internal const string Sessions = $"SELECT COUNT(*) {Others}";

    private const string Others = "FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND db IS NOT NULL";

    private MySqlUnderTest(StoreKind kind, MariaDbServer server)
        : base(kind, server)
    {
    }

    internal static new async Task<MySqlUnderTest> StartAsync(StoreKind kind)
    {
        var store = new MySqlUnderTest(kind, await MariaDbServer.StartAsync());
        await store.PrepareAsync(MySqlLockTable.CreateScript(), SqlCounter.Table);
        return store;
    }

    internal override async Task DisturbAsync()
    {
        var sessions = await RunAsync($"SELECT id {Others}", ReadAsync);
        foreach (var session in sessions)
        {
            try
            {
                await RunAsync(string.Create(CultureInfo.InvariantCulture, $"KILL {session}"), command => command.ExecuteNonQueryAsync());
            }
            catch (DbException)
            {
                // It has ended meanwhile.
            }
        }
    }

    protected override string CountLeases => Leases;

    protected override string CountTransactions => Transactions;

    protected override string CountSessions => Sessions;

    protected override DbDataSource CreateSource(string connectionString) => new MySqlDataSource(connectionString);

    private static async Task<IReadOnlyList<long>> ReadAsync(DbCommand command)
    {
        List<long> sessions = [];
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            sessions.Add(Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture));
        }

        return sessions;
    }
}
