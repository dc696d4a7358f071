namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>What the fixture says is what the provider does.</summary>
internal static class DeclarationFacts
{
    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Exclusion, "the provider declares a name and the fixture's capabilities", ProviderDeclaresItself),
        new(LockGuarantee.Exclusion, "the fixture's deviations name facts of the suite and give reasons", DeviationsAreFacts),
    ];

    private static async Task ProviderDeclaresItself(FactContext context)
    {
        var provider = await context.ProviderAsync().ConfigureAwait(false);
        Expect.Equal(context.Fixture.Capabilities, provider.Capabilities, "The provider's capabilities");
        Expect.False(string.IsNullOrWhiteSpace(provider.Name), "A provider should have a name for logs and metrics.");
    }

    private static Task DeviationsAreFacts(FactContext context)
    {
        foreach (var (id, reason) in context.Fixture.Deviations)
        {
            Expect.True(ConformanceSuite.Facts.Any(fact => string.Equals(fact.Id, id, StringComparison.Ordinal)), $"The deviation '{id}' should name a fact.");
            Expect.False(string.IsNullOrWhiteSpace(reason), $"The deviation '{id}' should give a reason.");
        }

        return Task.CompletedTask;
    }
}
