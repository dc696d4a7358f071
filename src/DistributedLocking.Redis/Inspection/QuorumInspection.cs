using System.Runtime.CompilerServices;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Quorum;

namespace DistributedLocking.Redis.Inspection;

/// <summary>Tells who holds what on a majority of a quorum's servers.</summary>
internal sealed class QuorumInspection(ILockProvider provider, QuorumServer[] servers, QuorumRule rule, LockNames names) : ILockInspection
{
    public async IAsyncEnumerable<LockHolder> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // What a majority has is on one at least of those that answer.
        var keys = await AskAsync(session => KeyScan.RunAsync(session.Session, names, prefix, cancellationToken), cancellationToken).ConfigureAwait(false);
        await foreach (var holder in KeyInspection.FindAllAsync(
            keys.SelectMany(found => found).Distinct(StringComparer.Ordinal), key => FindAsync(key, cancellationToken).AsTask()).ConfigureAwait(false))
        {
            yield return holder;
        }
    }

    public async ValueTask<IReadOnlyList<LockHolder>> FindAsync(string key, CancellationToken cancellationToken)
    {
        var answers = await AskAsync(
            asked => KeyInspection.FindAsync(asked.Server.Scripts, asked.Session, names, key, cancellationToken), cancellationToken).ConfigureAwait(false);
        return
        [
            .. answers.SelectMany(holders => holders)
                .GroupBy(holder => (holder.Kind, holder.OwnerId))
                .Where(votes => votes.Count() >= rule.Majority)
                .Select(votes => votes.First() with { TimeLeft = LeftOnMajority(votes), Waiting = null }),
        ];
    }

    public ValueTask<bool> ForceReleaseAsync(LockHolder holder, CancellationToken cancellationToken) =>
        provider.ReleaseAsync(LockHolders.Lease(holder), cancellationToken);

    /// <summary>It is held as long as a majority has it.</summary>
    private TimeSpan? LeftOnMajority(IEnumerable<LockHolder> votes) =>
        votes.Select(vote => vote.TimeLeft).OrderDescending().ElementAt(rule.Majority - 1);

    /// <summary>The answers of those that give one; a majority has to.</summary>
    private async Task<List<T>> AskAsync<T>(Func<(QuorumServer Server, RedisSession Session), Task<T>> ask, CancellationToken cancellationToken)
        where T : class
    {
        var votes = await Task.WhenAll(servers.Select(AskOneAsync)).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var answers = votes.Select(vote => vote.Answer).OfType<T>().ToList();
        return answers.Count >= rule.Majority
            ? answers
            : throw QuorumErrors.TooFew(rule, answers.Count, "told who holds what", votes.Select(vote => vote.Error));

        async Task<(T? Answer, Exception? Error)> AskOneAsync(QuorumServer server)
        {
            try
            {
                var session = await server.OpenSessionAsync(cancellationToken).ConfigureAwait(false);
                return (await ask((server, session)).ConfigureAwait(false), null);
            }
            catch (Exception e)
            {
                return (null, e);
            }
        }
    }
}
