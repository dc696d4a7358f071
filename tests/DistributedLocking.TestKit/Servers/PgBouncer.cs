using System.Data.Common;
using System.Globalization;

namespace DistributedLocking.TestKit.Servers;

/// <summary>A pooler in front of a PostgreSQL server, for a test: a child process on a free loopback port.</summary>
public sealed class PgBouncer : DatabaseServer
{
    private const string Program = "pgbouncer";

    private readonly string _program;
    private readonly string _configuration;

    private PgBouncer(DbConnectionStringBuilder parts, string program, string directory, string configuration)
        : base(parts, 6432, directory)
    {
        _program = program;
        _configuration = configuration;
    }

    /// <summary>Starts a pooler.</summary>
    /// <param name="server">The server, whose user and databases it has.</param>
    /// <param name="poolMode">How long a client keeps a connection to the server: <c>session</c> or
    /// <c>transaction</c>.</param>
    /// <returns>The running pooler.</returns>
    public static Task<PgBouncer> StartAsync(PostgreSqlServer server, string poolMode) => StartAsync(async port =>
    {
        // Debian has it in a directory that is only on root's PATH.
        var program = Command.Require(Command.Find(Program, "/usr/sbin", "/usr/local/sbin"), Program, Program, PostgreSqlServer.AddressVariable, "connection string");
        var directory = DataTemplate.NewDirectory(Program);
        var users = Path.Combine(directory, "users.txt");
        await File.WriteAllTextAsync(users, $"\"{server.User}\" \"{server.Password}\"\n");
        var configuration = Path.Combine(directory, "pgbouncer.ini");
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $"""
            [databases]
            * = host={server.Host} port={server.Port}
            [pgbouncer]
            pool_mode = {poolMode}
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {users}
            default_pool_size = 50
            max_client_conn = 500

            """));
        var parts = new DbConnectionStringBuilder { ConnectionString = server.ConnectionString };
        parts["Host"] = "127.0.0.1";
        parts["Port"] = port.ToString(CultureInfo.InvariantCulture);
        return new PgBouncer(parts, program, directory, configuration);
    });

    private protected override string Variable => "";

    private protected override string ReadyLine => "process up";

    private protected override int StopSignal => UnixSignal.Interrupt;

    private protected override IEnumerable<string> CommandLine() => [.. PostgreSqlServer.AsServerUser, _program, _configuration];
}
