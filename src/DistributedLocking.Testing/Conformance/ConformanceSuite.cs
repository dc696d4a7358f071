using DistributedLocking.Testing.Conformance.Facts;

namespace DistributedLocking.Testing.Conformance;

/// <summary>
/// All facts, for a test framework of your choice: make each a test case, skip it where
/// <see cref="ConformanceFact.SkipReasonFor"/> gives a reason.
/// </summary>
public static class ConformanceSuite
{
    /// <summary>The facts, in the order of the guarantees.</summary>
    public static IReadOnlyList<ConformanceFact> Facts { get; } =
    [
        .. DeclarationFacts.All,
        .. ExclusionFacts.All,
        .. KeyFacts.All,
        .. LeaseFacts.All,
        .. RenewalFacts.All,
        .. ExtensionFacts.All,
        .. ReleaseFacts.All,
        .. DisposalFacts.All,
        .. UnknownOutcomeFacts.All,
        .. FencingFacts.All,
        .. WaitingFacts.All,
        .. WakeUpFacts.All,
        .. FailureFacts.All,
        .. OutageFacts.All,
        .. ReleaseByKeyFacts.All,
        .. ReentrancyFacts.All,
        .. ShutdownFacts.All,
        .. PrivacyFacts.All,
        .. ProcessFacts.All,
        .. StoppedProcessFacts.All,
        .. SharedFacts.All,
        .. SharedWaitingFacts.All,
        .. CountedFacts.All,
        .. ModeFacts.All,
        .. ModeProcessFacts.All,
        .. InspectionFacts.All,
    ];

    /// <summary>Finds a fact by its name.</summary>
    /// <param name="id">A <see cref="ConformanceFact.Id"/>.</param>
    /// <returns>The fact.</returns>
    /// <exception cref="ArgumentException">There is no such fact.</exception>
    public static ConformanceFact Find(string id) =>
        Facts.FirstOrDefault(fact => string.Equals(fact.Id, id, StringComparison.Ordinal))
        ?? throw new ArgumentException($"The conformance suite has no fact '{id}'.", nameof(id));
}
