using System.Globalization;
using System.Text.RegularExpressions;

namespace DistributedLocking.TestKit.Servers;

/// <summary>What a MariaDB server needs to be one of a cluster.</summary>
/// <param name="GroupPort">Where the others reach it.</param>
/// <param name="Environment">What stands before the program on its command line.</param>
/// <param name="Arguments">More arguments of mariadbd.</param>
internal sealed partial record GaleraNode(int GroupPort, IReadOnlyList<string> Environment, IReadOnlyList<string> Arguments)
{
    /// <summary>What the initial data of a node depend on besides those of a server.</summary>
    internal const string Recipe = "galera";

    internal const string ReadyLine = "Synchronized with group, ready for connections";

    private const string TransferMethod = "same";

    // A machine that is busy does not look like a node that is gone.
    private const string Patience = "evs.suspect_timeout=PT60S;evs.inactive_timeout=PT120S;evs.install_timeout=PT120S;pc.recovery=false;gcache.size=8M";

    internal static string? Library { get; } =
        Command.Find("libgalera_smm.so", "/usr/lib/galera", "/usr/lib/galera-4", "/usr/lib64/galera", "/usr/lib64/galera-4");

    /// <summary>The arguments of a server that is a cluster of its own.</summary>
    internal static IEnumerable<string> Bootstrap => Common(ServerProcess.FreePort(), peer: null);

    /// <summary>Describes a node whose initial data are in a directory.</summary>
    internal static async Task<GaleraNode> CreateAsync(string directory, string scripts, GaleraNode? peer)
    {
        var place = StatePattern().Match(await File.ReadAllTextAsync(Path.Combine(directory, "grastate.dat"))).Result("${uuid}:${seqno}");
        var script = Path.Combine(scripts, $"wsrep_sst_{TransferMethod}");
        if (!File.Exists(script))
        {
            await File.WriteAllTextAsync(script, TransferScript(place));
            await Command.RunAsync("chmod", "500", script);
        }

        var port = ServerProcess.FreePort();
        return new GaleraNode(
            port,
            ["env", $"PATH={scripts}{Path.PathSeparator}{System.Environment.GetEnvironmentVariable("PATH")}"],
            [.. Common(port, peer), $"--wsrep-start-position={place}", $"--wsrep-sst-method={TransferMethod}", $"--wsrep-sst-receive-address={Address(ServerProcess.FreePort())}"]);
    }

    /// <summary>Removes what a stopped server remembers of the cluster that it was in.</summary>
    internal static void Forget(string directory)
    {
        foreach (var name in (string[])["galera.cache", "gvwstate.dat"])
        {
            File.Delete(Path.Combine(directory, name));
        }
    }

    private static IEnumerable<string> Common(int port, GaleraNode? peer) =>
    [
        .. peer is null ? ["--wsrep-new-cluster"] : (string[])[],
        $"--wsrep-cluster-address=gcomm://{(peer is null ? "" : Address(peer.GroupPort))}",
        "--wsrep-on=ON", $"--wsrep-provider={Library}", "--wsrep-node-address=127.0.0.1", "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2",
        $"--wsrep-provider-options=gmcast.listen_addr=tcp://{Address(port)};ist.recv_addr={Address(ServerProcess.FreePort())};base_host=127.0.0.1;{Patience}",
    ];

    private static string Address(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    /// <summary>
    /// How a node gets the data when it joins: it has them, as they are at the place where its initial data were made.
    /// What came later the other node sends by itself.
    /// </summary>
    private static string TransferScript(string place) => $"""
        #!/bin/sh
        while [ $# -gt 0 ]; do
          case $1 in --role) role=$2 ;; --address) address=$2 ;; --gtid) gtid=$2 ;; esac
          shift
        done
        if [ "$role" = donor ]; then echo "done $gtid"; else printf '%s\n' "ready $address" {place}; fi

        """;

    [GeneratedRegex(@"uuid:\s*(?<uuid>\S+)\s+seqno:\s*(?<seqno>\S+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StatePattern();
}
