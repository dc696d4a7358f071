namespace ConcurrentMutation.Run;

/// <summary>What the process's exit code says.</summary>
internal static class ExitCode
{
    internal const int Success = 0;

    /// <summary>Something did not work, or a protected stage showed an inconsistency.</summary>
    internal const int Failure = 1;

    internal const int BadOption = 2;

    /// <summary>Ended by a signal: this plus the signal's number, as shells do.</summary>
    internal const int Signal = 128;
}
