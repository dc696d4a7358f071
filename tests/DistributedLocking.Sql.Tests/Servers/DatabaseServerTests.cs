using DistributedLocking.TestKit.Servers;
using System.Data.Common;

namespace DistributedLocking.Sql.Tests.Servers;

/// <summary>What the tests of locks rely on when they start, stop and break a database server.</summary>
public abstract class DatabaseServerTests
{
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(500);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_answers_a_user_who_may_do_everything()
    {
        await using var server = await StartAsync();
        await using var connection = await OpenAsync(server);

        await ExecuteAsync(connection, "CREATE DATABASE another");
        await ExecuteAsync(connection, "CREATE TABLE t (i INT)");
        await ExecuteAsync(connection, "INSERT INTO t VALUES (42)");

        (await ExecuteAsync(connection, "SELECT i FROM t")).ShouldBe(42);
        (server.User, server.Password, server.Database.Length).ShouldBe(("locks", "locks", connection.Database.Length));
    }

    [Fact]
    public async Task Arguments_reach_the_server()
    {
        await using var server = await StartAsync(LimitConnections(17));
        await using var connection = await OpenAsync(server);

        Convert.ToInt32(await ExecuteAsync(connection, MaximumConnections), null).ShouldBe(17);
    }

    [Fact]
    public async Task Two_hundred_connections_are_allowed()
    {
        await using var server = await StartAsync();
        var connections = new List<DbConnection>();
        for (var i = 0; i < 200; i++)
        {
            connections.Add(await OpenAsync(server));
        }

        (await ExecuteAsync(connections[^1], "SELECT 1")).ShouldNotBeNull();
        connections.ForEach(connection => connection.Dispose());
    }

    [Fact]
    public async Task A_frozen_server_answers_nobody_until_it_thaws()
    {
        await using var server = await StartAsync();
        await using var connection = await OpenAsync(server);

        server.Freeze();
        var query = Task.Run(() => ExecuteAsync(connection, "SELECT 1"), Cancellation);
        var open = Task.Run(() => OpenAsync(server), Cancellation);
        await Task.Delay(Silence, TimeProvider.System, Cancellation);
        (query.IsCompleted, open.IsCompleted).ShouldBe((false, false));
        server.Thaw();

        (await query).ShouldNotBeNull();
        await (await open).DisposeAsync();
    }

    [Fact]
    public Task A_killed_server_keeps_what_was_committed() => KeepsAsync(server => server.KillAsync());

    [Fact]
    public async Task A_frozen_server_can_be_killed() => await KeepsAsync(server =>
    {
        server.Freeze();
        return server.KillAsync();
    });

    [Fact]
    public Task A_stopped_server_keeps_what_was_committed() => KeepsAsync(server => server.StopAsync());

    [Fact]
    public async Task The_environment_may_name_a_server()
    {
        await using var server = await StartAsync();
        Environment.SetEnvironmentVariable(Variable, server.ConnectionString);
        try
        {
            await using var shared = await GetSharedAsync();

            (shared.Host, shared.Port, shared.User).ShouldBe((server.Host, server.Port, server.User));
            Should.Throw<InvalidOperationException>(shared.Freeze).Message.ShouldContain(Variable);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }

        await (await OpenAsync(server)).DisposeAsync();
    }

    [Fact]
    public async Task A_server_as_it_comes_writes_each_commit_to_its_disk()
    {
        await using var server = await GetDurableAsync();
        await using var connection = await OpenAsync(server);

        (await ExecuteAsync(connection, Durability)).ShouldBe(1);
    }

    protected abstract string Variable { get; }

    protected abstract string MaximumConnections { get; }

    protected abstract Task<DatabaseServer> StartAsync(params string[] arguments);

    protected abstract Task<DatabaseServer> GetSharedAsync();

    protected abstract Task<DatabaseServer> GetDurableAsync();

    /// <summary>Asks whether a commit waits for the disk: one, if so.</summary>
    protected abstract string Durability { get; }

    protected abstract string[] LimitConnections(int count);

    protected abstract DbConnection Connect(string connectionString);

    private async Task KeepsAsync(Func<DatabaseServer, Task> end)
    {
        await using var server = await StartAsync();
        await using (var connection = await OpenAsync(server))
        {
            await ExecuteAsync(connection, "CREATE TABLE kept (i INT)");
            await ExecuteAsync(connection, "INSERT INTO kept VALUES (1)");
            await end(server);
            await Should.ThrowAsync<DbException>(() => ExecuteAsync(connection, "SELECT i FROM kept"));
        }

        await Should.ThrowAsync<DbException>(() => OpenAsync(server));
        await server.RestartAsync();

        await using var again = await OpenAsync(server);
        (await ExecuteAsync(again, "SELECT i FROM kept")).ShouldBe(1);
    }

    private async Task<DbConnection> OpenAsync(DatabaseServer server)
    {
        var connection = Connect(new DbConnectionStringBuilder { ConnectionString = server.ConnectionString, ["Pooling"] = "false" }.ConnectionString);
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    private static async Task<object?> ExecuteAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(Cancellation);
    }
}
