using System.Data.Common;
using System.Globalization;

namespace DistributedLocking.TestServers;

/// <summary>A MariaDB server for a test: a child process on a free loopback port with data in a temporary directory.</summary>
public sealed class MariaDbServer : DatabaseServer
{
    private const string AddressVariable = "DISTRIBUTEDLOCKING_MYSQL";
    private const string InitFile = "init.sql";

    private readonly string _directory;
    private readonly string[] _arguments;

    private MariaDbServer(DbConnectionStringBuilder parts, string? directory, string[] arguments)
        : base(parts, 3306, directory)
    {
        _directory = directory ?? "";
        _arguments = arguments;
    }

    /// <summary>Starts a server that is the test's own: it may be frozen, killed and reconfigured.</summary>
    /// <param name="arguments">More arguments of mariadbd, such as <c>--max-connections=10</c>.</param>
    /// <returns>The running server.</returns>
    public static Task<MariaDbServer> StartAsync(params string[] arguments) => StartAsync(async port =>
    {
        var directory = await DataTemplate.UnpackAsync(Find("mariadbd"), InitialData, InitializeAsync);
        await File.WriteAllLinesAsync(
            Path.Combine(directory, InitFile),
            [
                $"CREATE DATABASE IF NOT EXISTS {Locks};",
                $"CREATE USER IF NOT EXISTS '{Locks}'@'%' IDENTIFIED BY '{Locks}';",
                $"GRANT ALL ON *.* TO '{Locks}'@'%' WITH GRANT OPTION;",
            ]);
        var parts = new DbConnectionStringBuilder
        {
            ["Server"] = "127.0.0.1",
            ["Port"] = port.ToString(CultureInfo.InvariantCulture),
            ["User ID"] = Locks,
            ["Password"] = Locks,
            ["Database"] = Locks,
        };
        return new MariaDbServer(parts, directory, arguments);
    });

    /// <summary>
    /// The server that the environment variable DISTRIBUTEDLOCKING_MYSQL (an ADO.NET connection string) names, else a new one. For tests that need
    /// no control over it and keep to keys of their own.
    /// </summary>
    /// <returns>The running server.</returns>
    public static Task<MariaDbServer> GetSharedAsync() =>
        Named(AddressVariable) is { } parts ? Task.FromResult(new MariaDbServer(parts, directory: null, [])) : StartAsync();

    private protected override string Variable => AddressVariable;

    private protected override string ReadyLine => "ready for connections";

    private protected override int StopSignal => UnixSignal.Terminate;

    // What is written at a commit survives the process (the page cache has it), not the machine; nothing waits for the disk.
    private protected override IEnumerable<string> CommandLine() =>
    [
        Find("mariadbd"), "--no-defaults", .. AsRoot, $"--init-file={Path.Combine(_directory, InitFile)}",

        // A server that starts deletes the temporary tables of the others that share its tmpdir.
        $"--datadir={_directory}", $"--tmpdir={_directory}",
        string.Create(CultureInfo.InvariantCulture, $"--port={Port}"), "--bind-address=127.0.0.1", "--skip-networking=0", "--skip-name-resolve",
        $"--socket={Path.Combine(_directory, "socket")}", $"--pid-file={Path.Combine(_directory, "pid")}",
        "--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci", "--max-connections=500",
        "--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=32M", LogFileSize,
        "--innodb-buffer-pool-dump-at-shutdown=0", "--innodb-buffer-pool-load-at-startup=0", "--key-buffer-size=1M", "--aria-pagecache-buffer-size=8M",
        .. _arguments,
    ];

    private static string LogFileSize => "--innodb-log-file-size=8M";

    // It refuses to run as root unless told to.
    private static string[] AsRoot => Environment.IsPrivilegedProcess ? ["--user=root"] : [];

    private static string[] InitialData => ["--auth-root-authentication-method=normal", "--skip-test-db", LogFileSize];

    private static Task InitializeAsync(string directory) =>
        Command.RunAsync([Find("mariadb-install-db"), "--no-defaults", .. AsRoot, $"--datadir={directory}", $"--tmpdir={directory}", .. InitialData]);

    // Debian has the server in a directory that is only on root's PATH.
    private static string Find(string program) =>
        Command.Require(Command.Find(program, "/usr/sbin", "/usr/local/sbin"), program, "mariadb-server", AddressVariable, "connection string");
}
