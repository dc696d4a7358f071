using DistributedLocking.MySql.Dialect;
using DistributedLocking.Sql.Dialects;
using MySqlConnector;

namespace DistributedLocking.Sql.Tests.Dialects;

public sealed class MySqlServerTests
{
    private const string MariaDbSettings =
        "SET SESSION idle_transaction_timeout = 73, idle_readonly_transaction_timeout = 74, idle_write_transaction_timeout = 75, max_statement_time = 7.6, autocommit = 1";

    private const string MariaDbCommit = "SET SESSION autocommit = IF(@@in_transaction, 1, 7)";

    [Fact]
    public void MariaDB()
    {
        var server = Read(
            ("version", "10.11.6-MariaDB-0+deb12u1"), ("wsrep_on", "OFF"), ("wait_timeout", "600"), ("idle_transaction_timeout", "7"), ("innodb_lock_wait_timeout", "9"));

        server.ShouldBe(new MySqlServer(IsMariaDb: true, IsMultiPrimary: false, WaitTimeout: 600, IdleTransactionTimeout: 7, LockWaitTimeout: 9));
    }

    [Fact]
    public void MySQL()
    {
        var server = Read(("version", "8.0.36"), ("wait_timeout", "28800"), ("innodb_lock_wait_timeout", "50"), ("group_replication_group_name", ""));

        server.ShouldBe(new MySqlServer(IsMariaDb: false, IsMultiPrimary: false, WaitTimeout: 28800, IdleTransactionTimeout: 0, LockWaitTimeout: 50));
    }

    [Theory]
    [InlineData("ON")]
    [InlineData("1")]
    public void Galera(string on) => Read(("version", "10.11.6-MariaDB"), ("wsrep_on", on)).IsMultiPrimary.ShouldBeTrue();

    [Theory]
    [InlineData("ON", false)]
    [InlineData("OFF", true)]
    public void Group_replication(string singlePrimary, bool isMultiPrimary) => Read(
        ("version", "8.0.36"),
        ("group_replication_group_name", "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"),
        ("group_replication_single_primary_mode", singlePrimary)).IsMultiPrimary.ShouldBe(isMultiPrimary);

    [Fact]
    public void A_group_that_is_not_configured_is_none() =>
        Read(("version", "8.0.36"), ("group_replication_group_name", ""), ("group_replication_single_primary_mode", "OFF")).IsMultiPrimary.ShouldBeFalse();

    [Fact]
    public void What_a_server_does_not_tell_is_the_servers_default() =>
        Read(("version", "8.4.0")).ShouldBe(new MySqlServer(IsMariaDb: false, IsMultiPrimary: false, WaitTimeout: 28800, IdleTransactionTimeout: 0, LockWaitTimeout: 50));

    /// <summary>
    /// A session has what init_connect gave it until its pool resets it, and what the global setting says after that.
    /// </summary>
    [Theory]
    [InlineData("ON", "1", "", true)]
    [InlineData("ON", "1", "SET NAMES utf8mb4", true)]
    [InlineData("OFF", "0", "", false)]
    [InlineData("OFF", "1", "SET autocommit = 0", false)]
    [InlineData("ON", "1", "SET autocommit = 0", false)]
    [InlineData("ON", "0", "SET AUTOCOMMIT = 1", false)]
    [InlineData("ON", "0", "", false)]
    public void Statements_commit_by_themselves_only_where_those_of_every_session_do(string session, string global, string initConnect, bool commits) =>
        Read(("autocommit", session), ("global autocommit", global), ("init_connect", initConnect)).CommitsByItself.ShouldBe(commits);

    [Theory]
    [InlineData("sql_mode")]
    [InlineData("global sql_mode")]
    [InlineData("init_connect")]
    public void The_mode_that_leases_do_not_stand_is_found_wherever_a_session_may_get_it(string variable) =>
        Read((variable, "sql_mode = 'STRICT_ALL_TABLES,SIMULTANEOUS_ASSIGNMENT'")).AssignsAtOnce.ShouldBeTrue();

    [Fact]
    public void The_settings_that_were_read_are_put_back()
    {
        var server = new MySqlServer(IsMariaDb: false, IsMultiPrimary: false, WaitTimeout: 71, IdleTransactionTimeout: 0, LockWaitTimeout: 72);

        MySqlStatements.For("t", server).Commit.ShouldBe("RELEASE SAVEPOINT distributed_lock;COMMIT;SET SESSION wait_timeout = 71, innodb_lock_wait_timeout = 72");
        MySqlStatements.For("t", server).RollBack.ShouldBe("ROLLBACK;SET SESSION wait_timeout = 71, innodb_lock_wait_timeout = 72");
        var maria = MySqlStatements.For("t", server with { IsMariaDb = true, IdleTransactionTimeout = 73, IdleReadonlyTransactionTimeout = 74, IdleWriteTransactionTimeout = 75, MaxStatementTime = 7.6m });
        maria.Commit.ShouldBe($"{MariaDbCommit};{MariaDbSettings}");
        (maria.ClientEndsWait, MySqlStatements.For("t", server).ClientEndsWait).ShouldBe((false, true));
    }

    [Fact]
    public void No_statement_has_the_function_that_newer_servers_warn_of()
    {
        var server = new MySqlServer(IsMariaDb: false, IsMultiPrimary: false, WaitTimeout: 71, IdleTransactionTimeout: 0, LockWaitTimeout: 72);

        MySqlStatements.For("t", server).AcquireLease.ShouldNotContain("VALUES(");
        SqlDialect.MySql.DescribeFencing(new SqlTable(null, "t")).Remember.ShouldNotContain("VALUES(");
    }

    [Fact]
    public void Settings_that_the_pool_puts_back_are_left_to_it_where_they_harm_no_idle_session()
    {
        var server = new MySqlServer(IsMariaDb: true, IsMultiPrimary: false, WaitTimeout: 71, IdleTransactionTimeout: 73, LockWaitTimeout: 72)
        {
            IdleReadonlyTransactionTimeout = 74,
            IdleWriteTransactionTimeout = 75,
            MaxStatementTime = 7.6m,
            PoolResets = true,
        };

        MySqlStatements.For("t", server).Commit.ShouldBe(MariaDbCommit);
        MySqlStatements.For("t", server with { Autocommit = false }).Commit.ShouldEndWith(", autocommit = 0");
        MySqlStatements.For("t", server).RollBack.ShouldBe($"ROLLBACK;{MariaDbSettings}");
        MySqlStatements.For("t", server with { IsMariaDb = false }).Commit.ShouldBe("RELEASE SAVEPOINT distributed_lock;COMMIT;SET SESSION wait_timeout = 71, innodb_lock_wait_timeout = 72");
    }

    [Theory]
    [InlineData("Server=db", true)]
    [InlineData("Server=db;Connection Reset=true", true)]
    [InlineData("Server=db;ConnectionReset=no", false)]
    public void The_connection_string_says_whether_the_pool_resets(string connectionString, bool resets)
    {
        using var connection = new MySqlConnection(connectionString);

        MySqlServer.ResetsSessions(connection).ShouldBe(resets);
    }

    [Fact]
    public void Another_drivers_pool_is_not_relied_on()
    {
        using var connection = new Npgsql.NpgsqlConnection("Host=db");

        MySqlServer.ResetsSessions(connection).ShouldBeFalse();
    }

    private static MySqlServer Read(params (string Name, string Value)[] variables) =>
        MySqlServer.From(variables.ToDictionary(variable => variable.Name, variable => variable.Value, StringComparer.OrdinalIgnoreCase));
}
