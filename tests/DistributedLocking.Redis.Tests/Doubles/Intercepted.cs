using System.Reflection;
using System.Runtime.ExceptionServices;

namespace DistributedLocking.Redis.Tests.Doubles;

/// <summary>An object of the client whose calls a test may answer itself.</summary>
/// <typeparam name="T">Its interface.</typeparam>
public class Intercepted<T> : DispatchProxy
    where T : class
{
    private T _inner = null!;
    private Func<string, object?> _answer = null!;

    /// <param name="inner">The object.</param>
    /// <param name="answer">Is given the method's name; answers null where the call is to go on.</param>
    internal static T Of(T inner, Func<string, object?> answer)
    {
        var proxy = Create<T, Intercepted<T>>();
        var self = (Intercepted<T>)(object)proxy;
        self._inner = inner;
        self._answer = answer;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        try
        {
            return _answer(targetMethod!.Name) ?? targetMethod.Invoke(_inner, args);
        }
        catch (TargetInvocationException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
    }
}
