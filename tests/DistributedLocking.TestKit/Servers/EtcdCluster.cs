namespace DistributedLocking.TestKit.Servers;

/// <summary>Three members of etcd.</summary>
public sealed class EtcdCluster : IAsyncDisposable
{
    private const int Count = 3;
    private const int MostTries = 5;

    private EtcdCluster(EtcdServer[] members) => Members = members;

    /// <summary>The members.</summary>
    public IReadOnlyList<EtcdServer> Members { get; }

    /// <summary>The addresses that clients use.</summary>
    public IReadOnlyList<string> Endpoints => [.. Members.Select(member => member.Endpoint)];

    /// <summary>Starts the members. They are ready when they have a leader.</summary>
    /// <param name="arguments">More arguments of each.</param>
    /// <returns>The running cluster.</returns>
    public static async Task<EtcdCluster> StartAsync(params string[] arguments)
    {
        // Another process may take a free port before a member binds it.
        for (var attempt = 1; ; attempt++)
        {
            EtcdServer[] members = [.. Enumerable.Range(1, Count).Select(number => EtcdServer.Create($"member-{number}", arguments))];
            var cluster = new EtcdCluster(members);
            try
            {
                Array.ForEach(members, member => member.Cluster = string.Join(',', members.Select(each => each.Entry)));
                await Task.WhenAll(members.Select(member => member.RestartAsync()));
                return cluster;
            }
            catch (Exception) when (attempt < MostTries)
            {
                await cluster.DisposeAsync();
            }
            catch
            {
                await cluster.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Finds the member that leads.</summary>
    /// <returns>The member.</returns>
    /// <exception cref="InvalidOperationException">None does, or not all answer.</exception>
    public async Task<EtcdServer> LeaderAsync()
    {
        foreach (var member in Members)
        {
            var status = await member.CallAsync("/v3/maintenance/status");
            if (string.Equals(status.GetProperty("leader").GetString(), status.GetProperty("header").GetProperty("member_id").GetString(), StringComparison.Ordinal))
            {
                return member;
            }
        }

        throw new InvalidOperationException("Nobody leads.");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var member in Members)
        {
            await member.DisposeAsync();
        }
    }
}
