using DistributedLocking.Providers;
using DistributedLocking.Redis.Scripts;

namespace DistributedLocking.Redis.Quorum;

/// <summary>One try to get the votes of a majority.</summary>
internal sealed class QuorumAttempt(QuorumServer[] servers, AcquireRequest request)
{
    private readonly QuorumRule _rule = new(servers.Length);
    private readonly SendGate[] _gates = [.. servers.Select(_ => new SendGate())];

    private LeaseReference Lease => new(request.Key, request.OwnerId) { Mode = request.Mode };

    /// <summary>
    /// Asks all servers at the same time, until the votes decide. Nothing of the attempt is sent afterwards.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; what was granted is then taken back in the background.</param>
    /// <returns>The votes; null for those that did not matter any more.</returns>
    internal async Task<IReadOnlyList<ServerVote?>> RunAsync(CancellationToken cancellationToken)
    {
        var ballot = new Ballot<ServerVote>(servers.Length, votes => _rule.Decide(votes) != QuorumDecision.Open);
        try
        {
            return await ballot.HoldAsync(server => servers[server].TryAcquireAsync(request, _gates[server]), cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Close();
            _ = UndoAsync(new ServerVote?[servers.Length]);
            throw;
        }
        finally
        {
            Close();
        }
    }

    /// <summary>
    /// Makes the largest token the grant's, and a majority know it. Every later grant has the votes of a majority too,
    /// and so of a server that knows it.
    /// </summary>
    /// <returns>The token.</returns>
    /// <exception cref="DistributedLockUnavailableException">
    /// A majority could not be told; the grant is taken back.
    /// </exception>
    internal async Task<long> SettleTokenAsync(IReadOnlyList<ServerVote?> votes, CancellationToken cancellationToken)
    {
        var token = votes.Max(vote => vote?.Token ?? 0);
        try
        {
            var told = await new Ballot<bool>(servers.Length, IsEnough)
                .HoldAsync(
                    server => votes[server]?.Token == token ? Task.FromResult(true) : servers[server].TryRaiseMarkAsync(request.Key, token), cancellationToken)
                .ConfigureAwait(false);
            if (IsEnough(told))
            {
                return token;
            }

            throw QuorumErrors.TooFew(_rule, told.Count(vote => vote == true), "took the fencing token", votes.Select(vote => vote?.Error));
        }
        catch (Exception)
        {
            _ = UndoAsync(votes);
            throw;
        }

        bool IsEnough(IReadOnlyList<bool?> told) => told.Count(vote => vote == true) >= _rule.Majority;
    }

    /// <summary>Takes back the votes that were, or may have been, granted.</summary>
    /// <returns>
    /// A task that ends when the servers that granted have answered, or are late. The others are waited for in the
    /// background.
    /// </returns>
    internal Task UndoAsync(IReadOnlyList<ServerVote?> votes)
    {
        var granted = new List<Task>();
        for (var server = 0; server < servers.Length; server++)
        {
            var vote = votes[server];
            if (vote?.Kind == VoteKind.Held || IsUnsent(server, votes))
            {
                continue;
            }

            var isCertain = vote?.Kind == VoteKind.Granted;
            var undone = servers[server].UndoAsync(Lease, request.TimeToLive, isCertain);
            if (isCertain)
            {
                granted.Add(undone);
            }
        }

        return Task.WhenAll(granted);
    }

    /// <summary>Whether surely nothing of it reached any server. Known once it is decided.</summary>
    internal bool IsUnsent(IReadOnlyList<ServerVote?> votes) => Enumerable.Range(0, servers.Length).All(server => IsUnsent(server, votes));

    private bool IsUnsent(int server, IReadOnlyList<ServerVote?> votes) =>
        !_gates[server].WasUsed || votes[server]?.Error is DistributedLockUnavailableException { IsUnsent: true };

    private void Close() => Array.ForEach(_gates, gate => gate.Close());
}
