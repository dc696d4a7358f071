using System.Data.Common;
using System.Globalization;

namespace DistributedLocking.TestKit.Servers;

/// <summary>
/// A MariaDB server for a test: a child process on a free loopback port with data in a temporary directory.
/// </summary>
public sealed class MariaDbServer : DatabaseServer
{
    private const string AddressVariable = "DISTRIBUTEDLOCKING_MYSQL";
    private const string InitFile = "init.sql";

    private readonly string _directory;
    private readonly string[] _arguments;
    private readonly bool _isDurable;

    private MariaDbServer(DbConnectionStringBuilder parts, string? directory, string[] arguments, GaleraNode? node = null, bool isDurable = false)
        : base(parts, 3306, directory)
    {
        _directory = directory ?? "";
        _arguments = arguments;
        _isDurable = isDurable;
        Node = node;
    }

    /// <summary>Starts a server that is the test's own: it may be frozen, killed and reconfigured.</summary>
    /// <param name="arguments">More arguments of mariadbd, such as <c>--max-connections=10</c>.</param>
    /// <returns>The running server.</returns>
    public static Task<MariaDbServer> StartAsync(params string[] arguments) => StartAsync(async port =>
    {
        var directory = await DataTemplate.UnpackAsync(Find("mariadbd"), InitialData, InitializeAsync);
        return await CreateAsync(port, directory, arguments);
    });

    /// <summary>
    /// The server that the environment names, as <see cref="GetSharedAsync"/> says, else a new one as it comes: its
    /// data are on a disk, which each commit reaches.
    /// </summary>
    /// <returns>The running server.</returns>
    public static Task<MariaDbServer> GetDurableAsync() => Named() is { } named ? Task.FromResult(named) : StartAsync(async port =>
    {
        var directory = await DataTemplate.UnpackAsync(Find("mariadbd"), InitialData, InitializeAsync, onDisk: true);
        return await CreateAsync(port, directory, [], isDurable: true);
    });

    /// <summary>Starts a server of a cluster.</summary>
    /// <param name="scripts">The directory of the cluster's script.</param>
    /// <param name="peer">A server that is in the cluster already; null for the first.</param>
    /// <returns>The running server.</returns>
    internal static Task<MariaDbServer> StartNodeAsync(string scripts, MariaDbServer? peer) => StartAsync(async port =>
    {
        var directory = await DataTemplate.UnpackAsync(Find("mariadbd"), [.. InitialData, GaleraNode.Recipe], BootstrapAsync);
        var node = await GaleraNode.CreateAsync(directory, scripts, peer?.Node);
        return await CreateAsync(port, directory, [], node);
    });

    internal GaleraNode? Node { get; }

    private static async Task<MariaDbServer> CreateAsync(int port, string directory, string[] arguments, GaleraNode? node = null, bool isDurable = false)
    {
        await File.WriteAllLinesAsync(
            Path.Combine(directory, InitFile),
            [
                // Each node for itself.
                .. node is null ? [] : (string[])["SET SESSION wsrep_on = OFF;"],
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
        return new MariaDbServer(parts, directory, arguments, node, isDurable);
    }

    /// <summary>
    /// The server that the environment variable DISTRIBUTEDLOCKING_MYSQL (an ADO.NET connection string) names, else a
    /// new one. For tests that need no control over it and keep to keys of their own.
    /// </summary>
    /// <returns>The running server.</returns>
    public static Task<MariaDbServer> GetSharedAsync() => Named() is { } named ? Task.FromResult(named) : StartAsync();

    private protected override string Variable => AddressVariable;

    private protected override string ReadyLine => Node is null ? "ready for connections" : GaleraNode.ReadyLine;

    private protected override int StopSignal => UnixSignal.Terminate;

    private protected override IEnumerable<string> CommandLine() =>
    [
        .. Node?.Environment ?? [], .. Basics(_directory, InitFile, _isDurable),
        string.Create(CultureInfo.InvariantCulture, $"--port={Port}"), "--bind-address=127.0.0.1", "--skip-networking=0", "--skip-name-resolve",
        "--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci", "--max-connections=500",
        .. _isDurable ? [] : Quick, .. Node?.Arguments ?? [], .. _arguments,
    ];

    // What is written at a commit survives the process (the page cache has it), not the machine; nothing waits for the
    // disk.
    private static string[] Quick =>
    [
        "--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=32M",
        "--innodb-buffer-pool-dump-at-shutdown=0", "--innodb-buffer-pool-load-at-startup=0", "--key-buffer-size=1M", "--aria-pagecache-buffer-size=8M",
    ];

    private static MariaDbServer? Named() => Named(AddressVariable) is { } parts ? new MariaDbServer(parts, directory: null, []) : null;

    private static IEnumerable<string> Basics(string directory, string initFile, bool isDurable = false) =>
    [
        Find("mariadbd"), "--no-defaults", .. AsRoot, $"--init-file={Path.Combine(directory, initFile)}",

        // A server that starts deletes the temporary tables of the others that share its tmpdir.
        $"--datadir={directory}", $"--tmpdir={directory}", $"--socket={Path.Combine(directory, "socket")}", $"--pid-file={Path.Combine(directory, "pid")}",
        .. isDurable ? [] : (string[])[LogFileSize],
    ];

    private static string LogFileSize => "--innodb-log-file-size=8M";

    // It refuses to run as root unless told to.
    private static string[] AsRoot => Environment.IsPrivilegedProcess ? ["--user=root"] : [];

    private static string[] InitialData => ["--auth-root-authentication-method=normal", "--skip-test-db", LogFileSize];

    private static Task InitializeAsync(string directory) =>
        Command.RunAsync([Find("mariadb-install-db"), "--no-defaults", .. AsRoot, $"--datadir={directory}", $"--tmpdir={directory}", .. InitialData]);

    /// <summary>
    /// Makes the data of a cluster of one, which has been stopped. Both nodes begin with them, so that they are at the
    /// same place in its history.
    /// </summary>
    private static async Task BootstrapAsync(string directory)
    {
        const string Shutdown = "shutdown.sql";
        await InitializeAsync(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, Shutdown), "SHUTDOWN;");
        await Command.RunAsync([.. Basics(directory, Shutdown), "--skip-networking", .. GaleraNode.Bootstrap]);
        GaleraNode.Forget(directory);
    }

    // Debian has the server in a directory that is only on root's PATH.
    private static string Find(string program) =>
        Command.Require(Command.Find(program, "/usr/sbin", "/usr/local/sbin"), program, "mariadb-server", AddressVariable, "connection string");
}
