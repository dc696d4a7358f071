namespace DistributedLocking.Benchmarks.Measurement;

/// <summary>
/// How many rounds come before those that count. Code starts slow and is compiled again, in the background, once it has
/// run often: a round counts only when that is over for everybody, or the subjects that run first would be compared
/// half-compiled.
/// </summary>
/// <param name="Least">Rounds in any case.</param>
/// <param name="Quiet">Rounds without compilation, one after the other, that end the warm-up: the compiler pauses
/// between its tiers.</param>
/// <param name="Most">Where the warm-up ends though some contender is still being compiled; the table says how much was
/// compiled later.</param>
internal sealed record WarmUp(int Least, int Quiet, int Most)
{
    // A timer or a heartbeat of the driver reaches its thirtieth call at any time.
    private const int Stragglers = 2;

    /// <summary>
    /// Whether hardly anything was compiled in a round: a method takes the compiler about a millisecond, and what is
    /// left may have a hundredth of a turn.
    /// </summary>
    internal static bool IsQuiet(IEnumerable<ISample> round, TimeSpan length) =>
        round.All(sample => sample.MethodsCompiled <= Math.Max(Stragglers, length.TotalMilliseconds / 100));

    /// <summary>Whether another round of warm-up is due.</summary>
    internal bool GoesOn(int rounds, int quietRounds) => rounds < Least || (rounds < Most && quietRounds < Quiet);
}
