namespace DistributedLocking.Benchmarks.Measurement;

/// <summary>
/// Gives the contenders short turns, each round in another random order, so that what else the machine does meets all
/// of them alike and none has always the same one before it. Figures of one round are compared with each other; the
/// medians are over the rounds.
/// </summary>
internal static class Interleaving
{
    internal static async Task<Rounds<TSample>> RunAsync<TSample>(
        IReadOnlyList<IContender<TSample>> contenders, WarmUp warmUp, int repetitions, TimeSpan length, CancellationToken cancellationToken)
        where TSample : class, ISample
    {
        // The same orders in each run.
        var chance = new Random(contenders.Count);
        var (warmUpRounds, quietRounds) = (0, 0);
        while (warmUp.GoesOn(warmUpRounds, quietRounds))
        {
            var round = await RunRoundAsync(contenders, chance, length, cancellationToken);
            warmUpRounds++;
            quietRounds = WarmUp.IsQuiet(round, length) ? quietRounds + 1 : 0;
        }

        var rounds = new List<TSample[]>(repetitions);
        while (rounds.Count < repetitions)
        {
            rounds.Add(await RunRoundAsync(contenders, chance, length, cancellationToken));
        }

        return new Rounds<TSample>(rounds, warmUpRounds);
    }

    private static async Task<TSample[]> RunRoundAsync<TSample>(
        IReadOnlyList<IContender<TSample>> contenders, Random chance, TimeSpan length, CancellationToken cancellationToken)
        where TSample : ISample
    {
        int[] order = [.. Enumerable.Range(0, contenders.Count)];
        chance.Shuffle(order);
        var samples = new TSample[order.Length];
        foreach (var contender in order)
        {
            cancellationToken.ThrowIfCancellationRequested();
            samples[contender] = await contenders[contender].TakeTurnAsync(length);
        }

        return samples;
    }
}
