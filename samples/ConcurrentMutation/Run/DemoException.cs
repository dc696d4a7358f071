namespace ConcurrentMutation.Run;

/// <summary>What the user is told in one line, instead of a stack trace.</summary>
internal sealed class DemoException(string message, int exitCode = ExitCode.Failure, Exception? innerException = null)
    : Exception(OneLine(message), innerException)
{
    internal int ExitCode { get; } = exitCode;

    internal static DemoException BadOption(string message) => new(message, Run.ExitCode.BadOption);

    private static string OneLine(string message) =>
        string.Join(' ', message.Split((char[])['\r', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
