using System.Globalization;

namespace DistributedLocking.FaultTests.Nemesis;

/// <summary>What came of a run.</summary>
/// <param name="Faults">How often each fault was made.</param>
/// <param name="Events">How many events the history has.</param>
/// <param name="Grants">How often a lock was granted.</param>
/// <param name="Losses">How often a loss was signalled.</param>
/// <param name="Written">How many writes were acknowledged.</param>
/// <param name="Refused">How many the guard refused.</param>
/// <param name="Violations">What a sound lock can't have done.</param>
internal sealed record NemesisReport(
    IReadOnlyDictionary<string, int> Faults, int Events, int Grants, int Losses, long Written, long Refused, IReadOnlyList<string> Violations)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        {Faults.Values.Sum()} faults ({string.Join(", ", Faults.Select(fault => $"{fault.Key}: {fault.Value}"))})
        {Events} events, {Grants} grants, {Losses} losses signalled, {Written} writes, {Refused} refused by the guard
        {(Violations.Count == 0 ? "nothing wrong" : string.Join(Environment.NewLine, Violations))}
        """);
}
