namespace DistributedLocking.Benchmarks.Reporting;

/// <summary>A scenario's answer: its own table, and those of its figures that have a target.</summary>
internal sealed record Report(ReportTable Table)
{
    internal List<Finding> Findings { get; } = [];
}

/// <summary>A figure that has a target.</summary>
/// <param name="Scenario">What was measured.</param>
/// <param name="Figure">Which of its figures, with its unit.</param>
/// <param name="Value">What it came to.</param>
/// <param name="Target">What it is to reach.</param>
internal sealed record Finding(string Scenario, string Figure, double Value, Target Target);
