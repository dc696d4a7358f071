using System.Data.Common;
using System.Globalization;

namespace DistributedLocking.TestKit.Servers;

/// <summary>
/// A PostgreSQL server for a test: a child process, with its own children, on a free loopback port with data in a
/// temporary directory.
/// </summary>
public sealed class PostgreSqlServer : DatabaseServer
{
    internal const string AddressVariable = "DISTRIBUTEDLOCKING_POSTGRESQL";
    private const string DebianDirectory = "/usr/lib/postgresql";

    private readonly string _program;
    private readonly string _directory;
    private readonly string[] _arguments;
    private readonly bool _isDurable;

    private PostgreSqlServer(DbConnectionStringBuilder parts, string program, string? directory, string[] arguments, bool isDurable)
        : base(parts, 5432, directory)
    {
        _program = program;
        _directory = directory ?? "";
        _arguments = arguments;
        _isDurable = isDurable;
    }

    /// <summary>Starts a server that is the test's own: it may be frozen, killed and reconfigured.</summary>
    /// <param name="arguments">More arguments of postgres, such as <c>-c max_connections=10</c> (two
    /// arguments).</param>
    /// <returns>The running server.</returns>
    public static Task<PostgreSqlServer> StartAsync(params string[] arguments) => StartAsync(isDurable: false, arguments);

    /// <summary>
    /// The server that the environment names, as <see cref="GetSharedAsync"/> says, else a new one as it comes: its
    /// data are on a disk, which each commit reaches.
    /// </summary>
    /// <returns>The running server.</returns>
    public static Task<PostgreSqlServer> GetDurableAsync() => Named() is { } named ? Task.FromResult(named) : StartAsync(isDurable: true, []);

    private static Task<PostgreSqlServer> StartAsync(bool isDurable, string[] arguments) => StartAsync(async port =>
    {
        var program = await FindAsync();
        var directory = await DataTemplate.UnpackAsync(program, InitialData, data => InitializeAsync(program, data), isDurable);
        var parts = new DbConnectionStringBuilder
        {
            ["Host"] = "127.0.0.1",
            ["Port"] = port.ToString(CultureInfo.InvariantCulture),
            ["Username"] = Locks,
            ["Password"] = Locks,
            ["Database"] = "postgres",
        };
        return new PostgreSqlServer(parts, program, directory, arguments, isDurable);
    });

    /// <summary>
    /// The server that the environment variable DISTRIBUTEDLOCKING_POSTGRESQL (an ADO.NET connection string) names,
    /// else a new one. For tests that need no control over it and keep to keys of their own.
    /// </summary>
    /// <returns>The running server.</returns>
    public static Task<PostgreSqlServer> GetSharedAsync() => Named() is { } named ? Task.FromResult(named) : StartAsync();

    private protected override string Variable => AddressVariable;

    private protected override string ReadyLine => "ready to accept connections";

    // Fast shutdown: sessions are ended, not waited for.
    private protected override int StopSignal => UnixSignal.Interrupt;

    private protected override IEnumerable<string> CommandLine() =>
    [
        .. AsServerUser, _program, "-D", _directory, "-p", Port.ToString(CultureInfo.InvariantCulture),
        "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=300",
        "-c", "dynamic_shared_memory_type=mmap", .. _isDurable ? [] : Quick, .. _arguments,
    ];

    // What is written at a commit survives the process (the page cache has it), not the machine; nothing waits for the
    // disk.
    private static string[] Quick => ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB"];

    private static PostgreSqlServer? Named() => Named(AddressVariable) is { } parts ? new PostgreSqlServer(parts, "", directory: null, [], isDurable: true) : null;

    // A killed server leaves a shared memory segment, of which a machine has a limited number. With
    // dynamic_shared_memory_type=mmap, it is the only one.
    private protected override void CleanUp(string directory)
    {
        const int SegmentLine = 6;
        var lockFile = Path.Combine(directory, "postmaster.pid");
        if (File.Exists(lockFile) && File.ReadAllLines(lockFile) is { Length: > SegmentLine } lines
            && lines[SegmentLine].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var id])
        {
            SharedMemory.Remove(int.Parse(id, CultureInfo.InvariantCulture));
        }

        base.CleanUp(directory);
    }

    // It refuses to run as root. setpriv is in util-linux, which every Debian has, and becomes the program that it
    // runs, so that our child process is the server; su and runuser would stay between.
    internal static string[] AsServerUser =>
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : [];

    private static string[] InitialData => ["-U", Locks, "--auth=scram-sha-256", "--no-sync", "--locale=C", "--encoding=UTF8"];

    private static async Task InitializeAsync(string program, string directory)
    {
        var initdb = Path.Combine(Path.GetDirectoryName(program)!, "initdb");
        var passwordFile = directory + ".password";
        await File.WriteAllTextAsync(passwordFile, Locks);
        try
        {
            await Command.RunAsync([.. AsServerUser, initdb, "-D", directory, $"--pwfile={passwordFile}", .. InitialData]);
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    private static async Task<string> FindAsync()
    {
        const string Program = "postgres";
        var program = Command.Find(Program, DebianDirectories());
        if (program is null && Command.Find("pg_config") is { } config)
        {
            program = Command.Find(Program, (await Command.RunAsync(config, "--bindir")).Trim());
        }

        return Command.Require(program, Program, "postgresql", AddressVariable, "connection string");
    }

    // One directory a version, none of them on PATH; the newest first.
    private static IEnumerable<string> DebianDirectories() =>
        Directory.Exists(DebianDirectory)
            ? Directory.EnumerateDirectories(DebianDirectory)
                .OrderByDescending(path => double.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var version) ? version : 0)
                .Select(path => Path.Combine(path, "bin"))
            : [];
}
