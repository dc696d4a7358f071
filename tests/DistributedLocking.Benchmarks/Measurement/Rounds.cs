using System.Globalization;

namespace DistributedLocking.Benchmarks.Measurement;

/// <summary>The rounds that count, each with one sample for each contender in the order given.</summary>
internal sealed class Rounds<TSample>(IReadOnlyList<TSample[]> rounds, int warmUpRounds)
    where TSample : ISample
{
    /// <summary>
    /// How warm the code was: the methods are those compiled in the rounds that count, for each contender in the order
    /// of the rows.
    /// </summary>
    internal string Note { get; } = string.Create(
        CultureInfo.InvariantCulture,
        $"{warmUpRounds} rounds of warm-up, {rounds.Count} measured, {string.Join(" + ", Compiled(rounds))} methods compiled meanwhile");

    internal IEnumerable<TSample> Of(int contender) => rounds.Select(round => round[contender]);

    internal double Median(int contender, Func<TSample, double> figure) => Statistics.Median(Of(contender).Select(figure));

    /// <summary>A contender's figure divided by another's of the same round.</summary>
    internal IEnumerable<double> Ratios(int contender, int to, Func<TSample, double> figure) =>
        rounds.Select(round => figure(round[contender]) / figure(round[to]));

    internal double MedianRatio(int contender, int to, Func<TSample, double> figure) => Statistics.Median(Ratios(contender, to, figure));

    private static IEnumerable<int> Compiled(IReadOnlyList<TSample[]> rounds) =>
        rounds.Count == 0 ? [] : rounds[0].Select((_, contender) => rounds.Sum(round => round[contender].MethodsCompiled));
}
