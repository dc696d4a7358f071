#if !NET9_0_OR_GREATER
namespace System.Runtime.CompilerServices;

/// <summary>Known to the compiler by its name; the base class library has it from .NET 9 on.</summary>
/// <param name="priority">The higher one wins among the applicable overloads of a type.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Constructor | AttributeTargets.Property, Inherited = false)]
internal sealed class OverloadResolutionPriorityAttribute(int priority) : Attribute
{
    public int Priority { get; } = priority;
}
#endif
