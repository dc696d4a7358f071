using System;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace DistributedLocking.Analyzers;

/// <summary>
/// Warns where a lock is acquired and its handle is neither disposed of nor kept: nobody releases it, and when the
/// handle is collected the lock is renewed no more.
/// </summary>
/// <remarks>
/// A discard (<c>_ = await ...</c>) says that this is meant, and so does a release by key in the same member.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class DroppedHandleAnalyzer : DiagnosticAnalyzer
{
    /// <summary>The rule's id.</summary>
    public const string Id = "DL0001";

    private static readonly DiagnosticDescriptor Rule = new(
        Id,
        "The handle of an acquired lock is dropped",
        "The handle that '{0}' returns is neither disposed of nor kept, so nobody releases the lock; write 'await using'",
        "Usage",
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: "https://github.com/distributedlocking/distributedlocking/blob/main/docs/guide.md");

    /// <inheritdoc />
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(Rule);

    /// <inheritdoc />
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            var types = new HandleTypes(start.Compilation);
            if (types.Exist)
            {
                start.RegisterOperationAction(operation => Analyze(operation, types), OperationKind.Invocation);
            }
        });
    }

    private static void Analyze(OperationAnalysisContext context, HandleTypes types)
    {
        var call = (IInvocationOperation)context.Operation;
        if (types.AreReturnedBy(call.TargetMethod) && IsDropped(UseOf(call)) && !IsReleasedByKey(call, types))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule, call.Syntax.GetLocation(), call.TargetMethod.Name));
        }
    }

    /// <summary>What takes the result, past await, conversions and ConfigureAwait.</summary>
    private static IOperation? UseOf(IOperation operation)
    {
        var use = operation.Parent;
        while (use is IAwaitOperation or IConversionOperation or IParenthesizedOperation or IArgumentOperation { Parent: IInvocationOperation { TargetMethod.Name: "ConfigureAwait" } }
            or IInvocationOperation { TargetMethod.Name: "ConfigureAwait" or "AsTask" })
        {
            use = use.Parent;
        }

        return use;
    }

    private static bool IsDropped(IOperation? use) => use switch
    {
        IExpressionStatementOperation => true,
        IVariableInitializerOperation { Parent: IVariableDeclaratorOperation variable } => !IsUsing(variable) && !IsMentioned(variable),
        _ => false,
    };

    private static bool IsUsing(IOperation variable)
    {
        for (var around = variable.Parent; around is IVariableDeclarationOperation or IVariableDeclarationGroupOperation; around = around.Parent)
        {
            if (around.Parent is IUsingOperation or IUsingDeclarationOperation)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsMentioned(IVariableDeclaratorOperation variable) =>
        Root(variable).Descendants().OfType<ILocalReferenceOperation>().Any(reference => SymbolEqualityComparer.Default.Equals(reference.Local, variable.Symbol));

    private static bool IsReleasedByKey(IOperation call, HandleTypes types) =>
        Root(call).Descendants().OfType<IInvocationOperation>().Any(other => types.IsReleaseByKey(other.TargetMethod));

    private static IOperation Root(IOperation operation)
    {
        while (operation.Parent is { } parent)
        {
            operation = parent;
        }

        return operation;
    }

    /// <summary>The types of the library, as the compilation knows them.</summary>
    private sealed class HandleTypes
    {
        private readonly INamedTypeSymbol? _handle;
        private readonly INamedTypeSymbol? _handles;
        private readonly INamedTypeSymbol? _lock;

        internal HandleTypes(Compilation compilation)
        {
            _handle = compilation.GetTypeByMetadataName("DistributedLocking.IDistributedLockHandle");
            _handles = compilation.GetTypeByMetadataName("DistributedLocking.IDistributedLockHandles");
            _lock = compilation.GetTypeByMetadataName("DistributedLocking.IDistributedLock");
        }

        internal bool Exist => _handle is not null && _lock is not null;

        internal bool AreReturnedBy(IMethodSymbol method) =>
            (method.Name.StartsWith("Acquire", StringComparison.Ordinal) || method.Name.StartsWith("TryAcquire", StringComparison.Ordinal))
            && IsHandle(method.ReturnType is INamedTypeSymbol { TypeArguments: { Length: 1 } results } ? results[0] : method.ReturnType);

        internal bool IsReleaseByKey(IMethodSymbol method) =>
            method.Name is "ReleaseAsync" or "Release"
            && method.Parameters.Any(parameter => string.Equals(parameter.Name, "key", StringComparison.Ordinal))
            && (IsLock(method.ContainingType) || IsLock(method.ReceiverType) || method.Parameters.Any(parameter => IsLock(parameter.Type)));

        private bool IsHandle(ITypeSymbol type) => Is(type, _handle) || Is(type, _handles);

        private bool IsLock(ITypeSymbol? type) => type is not null && Is(type, _lock);

        private static bool Is(ITypeSymbol type, INamedTypeSymbol? wanted) =>
            wanted is not null && (SymbolEqualityComparer.Default.Equals(type, wanted) || type.AllInterfaces.Contains(wanted, SymbolEqualityComparer.Default));
    }
}
