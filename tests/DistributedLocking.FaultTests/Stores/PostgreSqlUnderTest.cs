using System.Data.Common;
using DistributedLocking.FaultTests.Resources;
using DistributedLocking.PostgreSql;
using DistributedLocking.TestKit.Servers;
using Npgsql;

namespace DistributedLocking.FaultTests.Stores;

internal sealed class PostgreSqlUnderTest : DatabaseUnderTest
{
    private const string Others = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";

    private PostgreSqlUnderTest(StoreKind kind, PostgreSqlServer server)
        : base(kind, server)
    {
    }

    internal static new async Task<PostgreSqlUnderTest> StartAsync(StoreKind kind)
    {
        var store = new PostgreSqlUnderTest(kind, await PostgreSqlServer.StartAsync());
        await store.PrepareAsync(PostgreSqlLockTable.CreateScript(), SqlCounter.Table);
        return store;
    }

    internal override async Task DisturbAsync() => await RunAsync($"SELECT pg_terminate_backend(pid) {Others}", command => command.ExecuteNonQueryAsync());

    protected override string CountLeases => """
        SELECT (SELECT count(*) FROM distributed_lock WHERE owner IS NOT NULL AND expires_at > extract(epoch FROM clock_timestamp()) * 1000000)
            + (SELECT count(*) FROM distributed_lock_holder WHERE expires_at > extract(epoch FROM clock_timestamp()) * 1000000)
        """;

    protected override string CountTransactions => $"SELECT count(*) {Others} AND state LIKE 'idle in transaction%'";

    protected override string CountSessions => $"SELECT count(*) {Others}";

    protected override DbDataSource CreateSource(string connectionString) => NpgsqlDataSource.Create(connectionString);
}
