namespace DistributedLocking.TestKit.Servers;

/// <summary>
/// Two MariaDB servers that both take writes and certify each other's transactions (Galera), for a test.
/// </summary>
public sealed class GaleraCluster : IAsyncDisposable
{
    private readonly DirectoryInfo _scripts;

    private GaleraCluster(DirectoryInfo scripts, MariaDbServer one, MariaDbServer two)
    {
        _scripts = scripts;
        One = one;
        Two = two;
    }

    /// <summary>Whether what joins the servers is installed: Debian's package of MariaDB brings it.</summary>
    public static bool IsInstalled => GaleraNode.Library is not null;

    /// <summary>The first server.</summary>
    public MariaDbServer One { get; }

    /// <summary>The second server.</summary>
    public MariaDbServer Two { get; }

    /// <summary>Starts a cluster.</summary>
    /// <returns>The running cluster.</returns>
    public static async Task<GaleraCluster> StartAsync()
    {
        var scripts = Directory.CreateTempSubdirectory("galera-");
        MariaDbServer? one = null;
        try
        {
            one = await MariaDbServer.StartNodeAsync(scripts.FullName, peer: null);
            return new GaleraCluster(scripts, one, await MariaDbServer.StartNodeAsync(scripts.FullName, one));
        }
        catch
        {
            await (one?.DisposeAsync() ?? ValueTask.CompletedTask);
            scripts.Delete(recursive: true);
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Two.DisposeAsync();
        await One.DisposeAsync();
        _scripts.Delete(recursive: true);
    }
}
