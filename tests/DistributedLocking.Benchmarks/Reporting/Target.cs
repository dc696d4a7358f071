using System.Globalization;

namespace DistributedLocking.Benchmarks.Reporting;

/// <summary>What a figure is to reach.</summary>
internal sealed class Target
{
    private readonly double _bound;
    private readonly bool _isLeast;

    private Target(double bound, bool isLeast)
    {
        _bound = bound;
        _isLeast = isLeast;
    }

    internal static Target AtLeast(double bound) => new(bound, isLeast: true);

    internal static Target AtMost(double bound) => new(bound, isLeast: false);

    internal bool IsMetBy(double value) => _isLeast ? value >= _bound : value <= _bound;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(_isLeast ? "≥" : "≤")} {_bound:#,0.####}");
}
