namespace DistributedLocking.Redis.Quorum;

/// <summary>Collects one vote from each server until they decide or all are in. Later votes change nothing.</summary>
internal sealed class Ballot<T>
    where T : struct
{
    private readonly object _lock = new();
    private readonly T?[] _votes;
    private readonly Func<IReadOnlyList<T?>, bool> _isDecided;
    private readonly TaskCompletionSource<IReadOnlyList<T?>> _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _cast;

    /// <param name="servers">How many votes there can be.</param>
    /// <param name="isDecided">Whether the votes so far, null for those to come, are enough.</param>
    internal Ballot(int servers, Func<IReadOnlyList<T?>, bool> isDecided)
    {
        _votes = new T?[servers];
        _isDecided = isDecided;
    }

    /// <summary>Asks every server, all at the same time.</summary>
    /// <param name="ask">Asks one of them; it must not throw.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The votes at the moment of the decision; null for those that had not come.</returns>
    internal Task<IReadOnlyList<T?>> HoldAsync(Func<int, Task<T>> ask, CancellationToken cancellationToken)
    {
        for (var server = 0; server < _votes.Length; server++)
        {
            _ = CastAsync(server, ask);
        }

        return _decided.Task.WaitAsync(cancellationToken);
    }

    private void Cast(int server, T vote)
    {
        lock (_lock)
        {
            if (_decided.Task.IsCompleted)
            {
                return;
            }

            _votes[server] = vote;
            _cast++;
            if (_cast == _votes.Length || _isDecided(_votes))
            {
                _decided.SetResult(_votes);
            }
        }
    }

    private async Task CastAsync(int server, Func<int, Task<T>> ask) => Cast(server, await ask(server).ConfigureAwait(false));
}
