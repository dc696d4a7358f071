namespace DistributedLocking.ArchitectureTests.Packages;

/// <summary>What is built in one place is built by one test at a time.</summary>
[CollectionDefinition]
public sealed class BuiltConsumers : ICollectionFixture<Consumers>, ICollectionFixture<Servers>;
