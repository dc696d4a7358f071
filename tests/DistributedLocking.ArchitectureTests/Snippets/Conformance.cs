#region usings of conformance tests
using DistributedLocking;                              // DistributedLock, DistributedLockOptions
using DistributedLocking.Providers;                    // ILockProvider, LockProviderCapabilities
using DistributedLocking.Testing.Conformance;          // ConformanceSuite, ConformanceFixture
using DistributedLocking.Testing.Conformance.Workers;  // LockWorker
using Microsoft.Extensions.Logging;                    // ILoggerFactory
#endregion
using DistributedLocking.InMemory;
using DistributedLocking.Testing;

namespace Snippets;

internal sealed class MyStoreProvider(DistributedLockOptions options) : DelegatingLockProvider(new InMemoryLockProvider(MyStore, options))
{
    private static readonly InMemoryLockStore MyStore = new();
}

#region conformance fixture
public sealed class MyStoreFixture : ConformanceFixture
{
    public override LockProviderCapabilities Capabilities => LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing;

    public override ValueTask<ILockProvider> CreateProviderAsync(
        DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken) => ValueTask.FromResult<ILockProvider>(new MyStoreProvider(options));
}
#endregion

internal static class ConformanceInXunit
{
    // Shown in the documents, and compiled; run with real providers by the conformance tests.
    #region conformance tests
    public sealed class MyStoreConformanceTests(MyStoreFixture fixture) : IClassFixture<MyStoreFixture>
    {
        public static IEnumerable<TheoryDataRow<string>> Facts()
        {
            var fixture = new MyStoreFixture();
            return ConformanceSuite.Facts.Select(fact => new TheoryDataRow<string>(fact.Id) { Skip = fact.SkipReasonFor(fixture) });
        }

        [Theory]
        [MemberData(nameof(Facts))]
        public Task Keeps(string fact) => ConformanceSuite.Find(fact).RunAsync(fixture, TestContext.Current.CancellationToken);
    }
    #endregion
}

internal static class MyStoreWorker
{
    internal static async Task RunAsync()
    {
        #region conformance worker
        var options = new DistributedLockOptions();
        await using var locks = new DistributedLock(new MyStoreProvider(options), options);
        await LockWorker.RunAsync(locks);
        #endregion
    }
}
