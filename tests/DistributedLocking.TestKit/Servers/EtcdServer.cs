using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DistributedLocking.TestKit.Servers;

/// <summary>A member of etcd for a test: a child process on free loopback ports, alone or of a cluster.</summary>
public sealed class EtcdServer : ServerProcess
{
    private const string Program = "etcd";

    private readonly string _directory;
    private readonly string _name;
    private readonly string[] _arguments;
    private readonly string _scheme;

    private EtcdServer(int port, int peerPort, string name, string[] arguments, string directory, string scheme = "http")
        : base("127.0.0.1", port, directory)
    {
        PeerPort = peerPort;
        _name = name;
        _arguments = arguments;
        _directory = directory;
        _scheme = scheme;
        Cluster = Entry;
    }

    /// <summary>The address that clients use.</summary>
    public string Endpoint => Address(Port, _scheme);

    /// <summary>Where it keeps its data.</summary>
    public string DataDirectory => Path.Combine(_directory, "data");

    /// <summary>Where the other members talk to this one.</summary>
    public int PeerPort { get; }

    /// <summary>This member in the list of its cluster's.</summary>
    internal string Entry => $"{_name}={Address(PeerPort)}";

    /// <summary>The list of the cluster's members.</summary>
    internal string Cluster { private get; set; }

    /// <summary>Starts a cluster of one.</summary>
    /// <param name="arguments">More arguments of etcd.</param>
    /// <returns>The running server.</returns>
    public static Task<EtcdServer> StartAsync(params string[] arguments) =>
        StartAsync(port => Task.FromResult(new EtcdServer(port, FreePort(), "one", arguments, NewDirectory())));

    /// <summary>Starts a cluster of one that speaks TLS only, and only with clients that have a certificate.</summary>
    /// <param name="authority">A file with the certificate of the authority that clients' certificates are
    /// from.</param>
    /// <param name="certificate">A file with the server's certificate.</param>
    /// <param name="key">A file with its key.</param>
    /// <returns>The running server.</returns>
    public static Task<EtcdServer> StartSecureAsync(string authority, string certificate, string key)
    {
        string[] arguments = ["--client-cert-auth", "--trusted-ca-file", authority, "--cert-file", certificate, "--key-file", key];
        return StartAsync(port => Task.FromResult(new EtcdServer(port, FreePort(), "one", arguments, NewDirectory(), "https")));
    }

    /// <summary>
    /// Makes a call by etcd's gateway for JSON: what a test does behind the back of the code under test.
    /// </summary>
    /// <param name="path">The call, such as <c>/v3/kv/range</c>.</param>
    /// <param name="body">Its arguments; names and values are in base 64.</param>
    /// <param name="token">What a user was given, where authentication is on.</param>
    /// <returns>The answer.</returns>
    public async Task<JsonElement> CallAsync(string path, JsonObject? body = null, string? token = null)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Endpoint + path));
        request.Content = new StringContent((body ?? []).ToJsonString(), Encoding.UTF8, "application/json");
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", token);
        }

        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement : throw new IOException($"{path} failed: {text}");
    }

    /// <summary>A member that does not run yet.</summary>
    internal static EtcdServer Create(string name, string[] arguments) => new(FreePort(), FreePort(), name, arguments, NewDirectory());

    private protected override string Variable => "the environment";

    private protected override string ReadyLine => "ready to serve client requests";

    private protected override int StopSignal => UnixSignal.Terminate;

    private protected override IEnumerable<string> CommandLine() =>
    [
        Command.Require(Command.Find(Program), Program, "etcd-server"),
        "--name", _name, "--data-dir", DataDirectory,
        "--listen-client-urls", Endpoint, "--advertise-client-urls", Endpoint,
        "--listen-peer-urls", Address(PeerPort), "--initial-advertise-peer-urls", Address(PeerPort),
        "--initial-cluster", Cluster, .. _arguments,
    ];

    private static string NewDirectory() => Directory.CreateTempSubdirectory("etcd-").FullName;

    private static string Address(int port, string scheme = "http") => string.Create(CultureInfo.InvariantCulture, $"{scheme}://127.0.0.1:{port}");
}
