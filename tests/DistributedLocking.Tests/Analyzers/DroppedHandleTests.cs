using DistributedLocking.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace DistributedLocking.Tests.Analyzers;

public sealed class DroppedHandleTests
{
    private static readonly IReadOnlyList<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Append(typeof(IDistributedLock).Assembly.Location).Distinct(StringComparer.Ordinal).Select(path => MetadataReference.CreateFromFile(path)),
    ];

    [Theory]
    [InlineData("await locks.AcquireAsync(\"key\");")]
    [InlineData("await locks.TryAcquireAsync(\"key\");")]
    [InlineData("await locks.AcquireAsync(\"key\").ConfigureAwait(false);")]
    [InlineData("await locks.AcquireAsync($\"key:{1}\", TimeSpan.FromSeconds(1));")]
    [InlineData("locks.Acquire(\"key\");")]
    [InlineData("var handle = await locks.AcquireAsync(\"key\");")]
    [InlineData("await locks.AcquireAllAsync(new[] { \"a\", \"b\" });")]
    [InlineData("await readers.AcquireReadLockAsync(\"key\");")]
    [InlineData("await permits.AcquireAsync(\"key\", 3);")]
    public async Task A_handle_that_nobody_keeps_is_warned_of(string statement)
    {
        var warning = (await AnalyzeAsync(statement)).ShouldHaveSingleItem();

        warning.Id.ShouldBe("DL0001");
        warning.GetMessage(System.Globalization.CultureInfo.InvariantCulture).ShouldContain("await using");
    }

    [Theory]
    [InlineData("await using var handle = await locks.AcquireAsync(\"key\");")]
    [InlineData("await using (await locks.AcquireAsync(\"key\")) { }")]
    [InlineData("await using (var handle = await locks.AcquireAsync(\"key\")) { }")]
    [InlineData("using var handle = locks.Acquire(\"key\");")]
    [InlineData("var handle = await locks.AcquireAsync(\"key\"); await handle.DisposeAsync();")]
    [InlineData("_kept = await locks.AcquireAsync(\"key\");")]
    [InlineData("Keep(await locks.AcquireAsync(\"key\"));")]
    [InlineData("if (await locks.TryAcquireAsync(\"key\") is { } handle) { await handle.ReleaseAsync(); }")]
    [InlineData("_ = await locks.AcquireAsync(\"key\");")]
    [InlineData("await locks.AcquireAsync(\"key\"); await locks.ReleaseAsync(\"key\");")]
    [InlineData("await using var all = await locks.AcquireAllAsync(new[] { \"a\", \"b\" });")]
    public async Task A_handle_that_is_kept_disposed_of_or_discarded_on_purpose_is_not(string statements) =>
        (await AnalyzeAsync(statements)).ShouldBeEmpty();

    private static async Task<IReadOnlyList<Diagnostic>> AnalyzeAsync(string statements)
    {
        var tree = CSharpSyntaxTree.ParseText($$"""
            using System;
            using System.Threading.Tasks;
            using DistributedLocking;

            class Code
            {
                private IDistributedLockHandle _kept;

                private async Task RunAsync(IDistributedLock locks, IDistributedReaderWriterLock readers, IDistributedSemaphore permits)
                {
                    {{statements}}
                }

                private void Keep(IDistributedLockHandle handle) => _kept = handle;
            }
            """, new CSharpParseOptions(LanguageVersion.Preview), cancellationToken: TestContext.Current.CancellationToken);
        var compilation = CSharpCompilation.Create("code", [tree], References, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        compilation.GetDiagnostics(TestContext.Current.CancellationToken).Where(each => each.Severity == DiagnosticSeverity.Error).ShouldBeEmpty();

        return await compilation.WithAnalyzers([new DroppedHandleAnalyzer()]).GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);
    }
}
