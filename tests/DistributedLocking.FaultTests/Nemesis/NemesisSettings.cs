using System.Globalization;
using System.Security.Cryptography;

namespace DistributedLocking.FaultTests.Nemesis;

/// <summary>How long runs last, and what repeats one.</summary>
/// <param name="Time">How long faults are made.</param>
/// <param name="Seed">What all choices follow from.</param>
internal sealed record NemesisSettings(TimeSpan Time, int Seed)
{
    internal const string SecondsVariable = "DISTRIBUTEDLOCKING_FAULTS_SECONDS";
    internal const string SeedVariable = "DISTRIBUTEDLOCKING_FAULTS_SEED";

    private const double DefaultSeconds = 6;

    /// <summary>What the environment says, else a few seconds and a seed of chance.</summary>
    internal static NemesisSettings FromEnvironment() => new(
        TimeSpan.FromSeconds(
            Environment.GetEnvironmentVariable(SecondsVariable) is { Length: > 0 } seconds ? double.Parse(seconds, CultureInfo.InvariantCulture) : DefaultSeconds),
        Environment.GetEnvironmentVariable(SeedVariable) is { Length: > 0 } seed
            ? int.Parse(seed, CultureInfo.InvariantCulture)
            : RandomNumberGenerator.GetInt32(int.MaxValue));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{SeedVariable}={Seed} {SecondsVariable}={Time.TotalSeconds}");
}
