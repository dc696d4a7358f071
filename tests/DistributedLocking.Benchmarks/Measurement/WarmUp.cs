namespace DistributedLocking.Benchmarks.Measurement;

/// <summary>
/// How many rounds come before those that count. Code starts slow and is compiled again, in the background, once it has run often: a round
/// counts only when that is over for everybody, or the subjects that run first would be compared half-compiled.
/// </summary>
/// <param name="Least">Rounds in any case.</param>
/// <param name="Most">Where the warm-up ends though some contender is still being compiled; the table says how much was compiled later.</param>
internal sealed record WarmUp(int Least, int Most)
{
    // A timer or a heartbeat of the driver reaches its thirtieth call at any time.
    private const int Quiet = 2;

    /// <summary>Whether another round of warm-up is due.</summary>
    internal bool GoesOn(int rounds, IEnumerable<ISample> lastRound) =>
        rounds < Least || (rounds < Most && lastRound.Any(sample => sample.MethodsCompiled > Quiet));
}
