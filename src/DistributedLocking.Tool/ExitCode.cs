namespace DistributedLocking.Tool;

/// <summary>What the tool ends with, where it is not what its command ended with; the numbers are those of sysexits.h.</summary>
internal static class ExitCode
{
    internal const int Success = 0;

    /// <summary>There was nothing to release.</summary>
    internal const int NotHeld = 1;

    /// <summary>The command line is wrong, or asks for what the store can't do (EX_USAGE).</summary>
    internal const int Usage = 64;

    /// <summary>The store is away or refuses (EX_UNAVAILABLE).</summary>
    internal const int Unavailable = 69;

    /// <summary>The lock was lost while the command ran (EX_IOERR).</summary>
    internal const int Lost = 74;

    /// <summary>Somebody else holds the lock (EX_TEMPFAIL).</summary>
    internal const int Held = 75;

    /// <summary>The command can't be started, as shells say it: it is no program, or there is none of that name.</summary>
    internal const int CannotRun = 126;

    /// <inheritdoc cref="CannotRun" />
    internal const int NotFound = 127;

    /// <summary>Ended by a signal before the command was started, as shells say it.</summary>
    internal static int Signalled(int signal) => 128 + signal;
}
